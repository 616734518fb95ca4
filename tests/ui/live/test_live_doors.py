"""What a row opens and copies; strangers choose the names, and get nothing but a host."""

from __future__ import annotations

import pytest
from tests.helpers import samples

from whoasks.ui.live import hosts
from whoasks.ui.live.doors import doors, scraps
from whoasks.ui.live.moments import Moment


def service(**changes):
    plain = {
        "instance": "Thing", "hostname": "thing.local.", "addresses": ("10.0.0.9",),
        "txt": {}, "device": None, "type": "_http._tcp", "port": 80,
    }  # fmt: skip
    return samples.service(**plain | changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, ["http://thing.local/", "http://10.0.0.9/"], id="web"),
        pytest.param({"port": 8080}, ["http://thing.local:8080/", "http://10.0.0.9:8080/"],
                     id="a port"),
        pytest.param({"type": "_https._tcp", "port": 443, "addresses": ()},
                     ["https://thing.local/"], id="https"),
        pytest.param({"txt": {"Path": "/a b?x=1#y"}, "addresses": ()},
                     ["http://thing.local/a%20b?x=1%23y"], id="a path, of which no part is a mark"),
        pytest.param({"txt": {"path": "//evil.example/x"}, "addresses": ()},
                     ["http://thing.local/evil.example/x"], id="a path that is another host"),
        pytest.param({"txt": {"path": "\r\n\x1b]52;c;x\x07ü\udcff"}, "addresses": ()},
                     ["http://thing.local/%0D%0A%1B%5D52;c;x%07%C3%BC%FF"], id="controls"),
        pytest.param({"txt": {"path": None}, "addresses": ()}, ["http://thing.local/"],
                     id="no path"),
        pytest.param({"hostname": None, "addresses": ("fe80::9%eth0",)},
                     ["http://[fe80::9%25eth0]/"], id="link-local"),
        pytest.param({"hostname": "-oProxyCommand=x.local.", "addresses": ()}, [],
                     id="a host that is an option"),
        pytest.param({"hostname": "a@evil.example", "addresses": ()}, [], id="a host with a user"),
        pytest.param({"hostname": "a/b.local.", "addresses": ()}, [], id="a host with a slash"),
        pytest.param({"hostname": "bü.local.", "addresses": ()}, [], id="a host of other letters"),
        pytest.param({"hostname": "a..b", "addresses": ()}, [], id="a host with an empty label"),
        pytest.param({"hostname": "x" * 64, "addresses": ()}, [], id="a label too long"),
        pytest.param({"hostname": "x\n.local", "addresses": ("10.0.0.9\n", "fe80::1%a b")}, [],
                     id="line ends"),
        pytest.param({"port": None}, [], id="no port"),
        pytest.param({"type": "_ssh._tcp", "port": 22},
                     ["ssh -- thing.local", "ssh -- 10.0.0.9"], id="ssh"),
        pytest.param({"type": "_ssh._tcp", "port": 2222, "addresses": ("fe80::9%eth0",)},
                     ["ssh -p 2222 -- thing.local", "ssh -p 2222 -- fe80::9%eth0"],
                     id="ssh elsewhere"),
        pytest.param({"type": "_ipp._tcp", "port": 631, "addresses": ()},
                     ["http://thing.local:631/"], id="ipp"),
        pytest.param({"type": "_ipps._tcp", "port": 631, "addresses": ()},
                     ["https://thing.local:631/"], id="ipps"),
        pytest.param({"type": "_printer._tcp", "port": 515, "addresses": ()},
                     ["http://thing.local/"], id="lpr"),
        pytest.param(
            {"type": "_ipp._tcp", "port": 631, "addresses": (),
             "txt": {"adminurl": "http://THING.local./#hId-pgAirPrint"}},
            ["http://thing.local:631/"], id="an admin page with a dot behind its host"),
        pytest.param(
            {"type": "_ipp._tcp", "port": 631, "addresses": (),
             "txt": {"adminurl": "https://thing.local:8443/admin page"}},
            ["https://thing.local:8443/admin%20page", "http://thing.local:631/"], id="admin page"),
        *(
            pytest.param(
                {"type": "_ipp._tcp", "addresses": (), "txt": {"adminurl": url}, "port": 631},
                ["http://thing.local:631/"], id=f"admin page {url!r}")
            for url in ("http://evil.example/", "javascript:alert(1)", "file:///etc/passwd",
                        "http://[::1", "http://thing.local:99999/", "", "//thing.local/")
        ),
        pytest.param({"type": "_raop._tcp"}, [], id="nothing to open"),
    ],
)  # fmt: skip
def test_doors(changes, expected):
    assert [door.words for door in doors(service(**changes))] == expected


def test_a_host_opens_what_its_services_do():
    web, shell = service(addresses=()), service(type="_ssh._tcp", port=22, addresses=())
    host = hosts.view("k", [web, shell, web], None, None)
    assert [door.words for door in doors(host)] == ["http://thing.local/", "ssh -- thing.local"]


def test_a_moment_opens_what_it_is_about():
    assert doors(Moment(1, 0.0, "new", "", "", service(addresses=())))
    assert doors(Moment(1, 0.0, "malformed", "", "")) == []
    assert doors(None) == []


VALUES = {
    "service": lambda name: service(instance=name, hostname=name, txt={name: name, "flag": None}),
    "host": lambda name: hosts.view("k", [service(hostname=name)], None, None),
    "asker": lambda name: samples.asker(types=(name,), host=samples.Host("mac", None, (), name)),
    "finding": lambda name: samples.finding(explanation=name, id=name),
    "new": lambda name: Moment(1, 0.0, "new", name, name, service(instance=name)),
    "asked": lambda name: Moment(1, 0.0, "asked", name, name, samples.burst(names=(name,))),
    "closed": lambda name: Moment(1, 0.0, "closed", name, name, samples.finding(id=name)),
    "malformed": lambda name: Moment(1, 0.0, "malformed", name, name),
}


@pytest.mark.parametrize("made", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=samples.HOSTILE)
def test_what_is_copied_is_one_line_without_controls(made, name):
    found = scraps(made(name))
    assert found
    assert all(scrap.text.isprintable() for scrap in found)


def test_what_a_service_gives_to_copy():
    found = {scrap.title: scrap.text for scrap in scraps(service(txt={"a": "1", "flag": None}))}
    assert found == {
        "name": "Thing",
        "host name": "thing.local",
        "address": "10.0.0.9",
        "address and port": "10.0.0.9:80",
        "page at thing.local": "http://thing.local/",
        "page at 10.0.0.9": "http://10.0.0.9/",
        "full name": "Thing._http._tcp.local",
        "TXT": "a=1; flag",
    }
    six = service(addresses=("fe80::9%eth0",), hostname=None)
    assert "[fe80::9%eth0]:80" in [scrap.text for scrap in scraps(six)]


def test_of_nothing_nothing_is_copied():
    assert scraps(None) == []
