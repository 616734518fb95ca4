"""CSV: columns that stay, a header always, no formula, nothing lost."""

from __future__ import annotations

import csv
import io

import pytest
from tests.helpers import samples

from whoasks import text
from whoasks.outputs.csv import CsvWriter, columns, row

HOST = "host_key,host_identity,host_mac,host_addresses,host_hostname,host_vendor,host_role"

# Schema 1: columns are only ever added, at the end.
HEADERS = {
    "finding": "record,schema,id,rule,severity,title,explanation,attack,status,"
    f"{HOST},interface,vlan,first_seen,last_seen,packets,questions,names,names_dropped,"
    "observed,threshold,tool_name,tool_confidence,silenced_by,coverage,burst,rules,evidence,"
    "claims,drill,tool_why",
    "burst": f"record,schema,id,{HOST},interface,vlan,started,ended,packets,questions,types,"
    "instances,hostnames,reverse_names,new_type_packets,meta_query,qu_share,known_answer_share,"
    "source_ports,ids_nonzero,recursion_desired,ttls,edns,tool_name,tool_confidence,verdict,"
    "reasons,names,names_dropped,tool_why",
    "service": "record,schema,instance,type,subtypes,domain,hostname,port,addresses,interfaces,"
    "txt,txt_raw,name_raw,description,device,first_seen,last_seen,resolved,missing,stale",
    "asker": f"record,schema,{HOST},interface,vlan,first_seen,last_seen,packets,questions,types,"
    "types_dropped,bursts,findings",
    "activity": f"record,schema,{HOST},interface,vlan,hour,first_seen,last_seen,bursts,packets,"
    "questions,types,types_dropped,minutes",
    "summary": "record,schema,packets,mdns,malformed,dropped,time_went_back,askers,bursts,"
    "findings,coverage,silenced,services,notes",
    "exposure": "record,schema,id,check,severity,title,grade,hostname,addresses,kind,subject,"
    "says,reason,remedy,references,attack,services,ports,last_seen",
    "grade": "record,schema,grade,hostname,addresses,kind,reason,high,medium,low,info,services,"
    "checks,dropped",
    "service_change": "record,schema,change,instance,type,domain,hostname,port,addresses,"
    "description,fields,before,after,first_seen,last_seen",
}


def written(kind, *values) -> str:
    stream = io.StringIO(newline="")
    writer = CsvWriter(stream, kind)
    writer.begin()
    for value in values:
        writer.write(value)
    writer.end()
    return stream.getvalue()


def cells(kind, value) -> dict[str, str]:
    (read,) = csv.DictReader(io.StringIO(written(kind, value), newline=""))
    return read


@pytest.mark.parametrize("kind", HEADERS)
def test_the_header_stands_even_alone(kind):
    assert written(kind) == HEADERS[kind] + "\r\n"
    assert ",".join(columns(kind)) == HEADERS[kind]


@pytest.mark.parametrize("kind", HEADERS)
def test_every_row_has_every_column(kind):
    assert len(row(getattr(samples, kind)())) == len(columns(kind))
    assert None not in cells(kind, getattr(samples, kind)())


def test_the_exact_row():
    assert written("asker", samples.asker()).split("\r\n")[1] == (
        "asker,1,02:00:00:00:00:17,mac,02:00:00:00:00:17,10.0.0.23; fe80::17%eth0,cli.local.,,,"
        "eth0,,2026-01-01T10:00:00.250000Z,2026-01-01T10:00:03.750000Z,6,41,"
        "_ipp._tcp; _ssh._tcp,36,1,1"
    )


def test_cells_of_a_finding():
    found = cells("finding", samples.finding())
    assert found["observed"] == "types=38; advertised=39; share=0.97"
    assert found["threshold"] == "types=3; share=0.6"
    assert (found["tool_name"], found["tool_confidence"]) == ("avahi-browse -a", "0.9")
    assert found["tool_why"] == "port 5353; known answers"
    assert found["claims"] == "full-enumeration=high; meta-query=medium (hub)"
    assert found["drill"] == ""
    assert (found["vlan"], found["silenced_by"]) == ("", "")


def test_cells_of_a_finding_without_a_guess():
    found = cells("finding", samples.finding(tool=None, observed={"names": ["a", "=b"]}))
    assert (found["tool_name"], found["tool_confidence"], found["tool_why"]) == ("", "", "")
    assert found["observed"] == 'names=["a","=b"]'


def test_cells_of_a_finding_without_claims():
    found = cells("finding", samples.finding(claims=(), drill="0a1b2c3d"))
    assert (found["claims"], found["drill"]) == ("", "0a1b2c3d")


def test_cells_of_a_service():
    found = cells("service", samples.service())
    assert found["txt"] == "ty=Laser 3000; note=; Duplex"
    assert (found["resolved"], found["stale"], found["port"]) == ("true", "false", "631")


def test_cells_of_a_burst():
    found = cells("burst", samples.burst())
    assert (found["source_ports"], found["vlan"]) == ("5353; 40000", "12")
    assert (found["qu_share"], found["meta_query"]) == ("0.0", "true")


@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_hostile_names(name):
    value = samples.service(
        instance=name, hostname=name, subtypes=(name, name), txt={name: name, "k": name}
    )
    file = written("service", value)
    assert file.count("\r\n") == 2, "one line a row"
    assert file.replace("\r\n", "").count("\n") == 0
    found = cells("service", value)
    for cell in found.values():
        assert cell.lstrip()[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20")
    assert text.csv_text(found["instance"]) == name
    assert text.csv_texts(found["subtypes"]) == [name, name]


def test_other_kinds_are_passed_over():
    assert written("finding", samples.burst(), samples.summary()).count("\r\n") == 1


def test_findings_where_no_kind_is_named():
    assert written(None, samples.finding(), samples.burst()).count("\r\n") == 2
