"""What only days show of one asker: slow sweeps, newcomers."""

from __future__ import annotations

import pytest
from tests.traces.home import DAY, LEARNED, MACOS, Home, types
from tests.traces.hosts import Host
from tests.traces.judging import Check, Table

CASES = Table()
# slow-sweep


@CASES.fires("slow-sweep", "medium")
def thirteen_types_spread_over_a_day(home: Home):
    sweeper = home.stranger()
    home.wait(600)
    for one in types(0, 13):
        sweeper.ask(one, at=(0,))
        home.wait(1.7 * 3600, every=3600)
    return sweeper


@CASES.fires("slow-sweep", "medium")
def three_types_a_day_for_a_week_over_ipv6(home: Home):
    sweeper = home.stranger(v6=True)
    for day in range(7):
        for one in types(3 * day, 3 * day + 3):
            sweeper.ask(one, at=(0, 1))
            home.wait(DAY / 3.3, every=DAY / 4)
    return sweeper


@CASES.fires("slow-sweep", "medium")
def three_rare_remote_types_on_three_days(home: Home):
    sweeper = home.stranger(both=True)
    home.days(0.5)
    for one in ("_ssh._tcp", "_telnet._tcp", "_rdp._tcp"):
        sweeper.ask(one, at=(0,))
        home.days(1.9)
    return sweeper


@CASES.fires("slow-sweep", "medium")
def a_host_of_old_habits_starts_after_a_week(home: Home):
    home.days(LEARNED)
    for one in [*types(3, 13), *types(15, 19)]:
        home.windows.ask(one, at=(0,))
        home.wait(1.5 * 3600, every=3600)
    return home.windows


@CASES.quiet("slow-sweep")
def a_new_laptop_is_set_up_over_three_days(home: Home):
    home.days(0.5)
    laptop = home.stranger("new-laptop", both=True)
    laptop.join()
    for one in types(0, 9):
        laptop.ask(one, at=(0, 1))
        home.wait(DAY / 3, every=DAY / 4)


@CASES.quiet("slow-sweep")
def nineteen_types_over_a_week_and_a_half(home: Home):
    """Eight in its first hour, then one a day: never twelve in a day, never twenty in a week."""
    laptop = home.stranger("laptop", both=True)
    for one in types(0, 8):
        laptop.ask(one, at=(0, 1))
        home.lan.run(400)
    for one in types(8, 19):
        laptop.ask(one, at=(0, 1))
        home.wait(DAY, every=DAY / 2)


@CASES.quiet("slow-sweep")
def three_rare_remote_types_but_never_three_in_a_week(home: Home):
    admin = home.stranger("admin")
    for one in ("_ssh._tcp", "_ssh._tcp", "_rdp._tcp", "_rdp._tcp", "_telnet._tcp"):
        admin.ask(one, at=(0,))
        home.wait(3 * DAY, every=DAY / 2)


@CASES.quiet("slow-sweep")
def a_laptop_asks_its_bundle_at_every_waking(home: Home):
    home.days(0.5)
    laptop = home.stranger("other-mac")
    for _ in range(6):
        laptop.ask(*MACOS, at=(0, 1, 2, 4), unicast_first=True)
        home.wait(DAY / 2, every=DAY / 4)


@CASES.quiet("slow-sweep")
def a_phone_asks_the_same_eleven_types_each_day(home: Home):
    phone = home.stranger("pixel")
    for _ in range(4):
        for one in types(0, 11):
            phone.ask(one, at=(0,))
            home.wait(0.09 * DAY, every=DAY / 4)


@CASES.quiet("slow-sweep")
def a_phone_of_changing_macs_asks_its_two_types(home: Home):
    """Private addresses: a MAC a day, the same host name and questions."""
    for day in range(8):
        phone = Host(home.lan, "pixel", f"da:a1:19:00:00:{day:02x}", f"192.168.1.{180 + day}")
        phone.join()
        for _ in range(3):
            phone.ask("_googlecast._tcp", "_androidtvremote2._tcp")
            home.wait(DAY / 3, every=DAY / 4)
        phone.die()


@CASES.quiet("slow-sweep")
def everybody_at_home_asks_for_many_types(home: Home):
    """Each host its handful, 24 types in all, every day."""
    hosts = (home.windows, home.android, home.linux, home.iphone)
    for _ in range(5):
        for number, host in enumerate(hosts):
            for one in types(6 * number, 6 * number + 6):
                host.ask(one, at=(0,))
                home.wait(3000, every=1e9)
        home.wait(DAY / 4, every=DAY / 4)


# new-asker


@CASES.fires("new-asker", "medium", most="medium")
def a_newcomer_browses_for_ssh(home: Home):
    home.days(LEARNED)
    newcomer = home.stranger()
    newcomer.ask("_ssh._tcp")
    home.wait(120)
    return newcomer


@CASES.fires("new-asker", "medium", most="medium")
def a_newcomer_looks_for_shares_and_screens_over_ipv6(home: Home):
    home.days(LEARNED)
    newcomer = home.stranger(v6=True)
    wanted = ("_smb._tcp", "_rfb._tcp", "_sftp-ssh._tcp", "_afpovertcp._tcp")
    home.each(6, *(lambda one=one: newcomer.ask(one, at=(0,)) for one in wanted))
    home.wait(120)
    return newcomer


@CASES.fires("remote-access-browse", "low", most="low")
def an_old_host_browses_for_ssh_after_a_week(home: Home):
    home.days(LEARNED)
    home.linux.ask("_ssh._tcp")
    home.wait(120)
    return home.linux


@CASES.fires("remote-access-browse", "low", most="low")
def a_host_first_seen_while_still_learning_browses_for_ssh(home: Home):
    home.days(3)
    newcomer = home.stranger()
    newcomer.ask("_ssh._tcp")
    home.wait(120)
    return newcomer


@CASES.quiet("new-asker")
def an_old_host_browses_for_ssh(home: Home):
    home.days(LEARNED)
    home.linux.ask("_ssh._tcp")
    home.wait(120)


@CASES.quiet("new-asker")
def a_television_that_only_ever_announced_asks_its_first_question(home: Home):
    home.days(LEARNED)
    home.tv.ask("_ssh._tcp")
    home.wait(120)


@CASES.quiet("new-asker")
def an_old_host_asks_over_ipv6_for_the_first_time(home: Home):
    home.days(LEARNED)
    home.windows.addresses = {6: "fe80::21b:63ff:fe00:18"}
    home.windows.ask("_ssh._tcp")
    home.wait(120)


@CASES.quiet("new-asker")
def a_visitor_prints_and_casts(home: Home):
    home.days(LEARNED)
    visitor = home.stranger("visitor", both=True)
    visitor.join()
    home.each(9, *(lambda one=one: visitor.ask(one) for one in ("_ipp._tcp", "_googlecast._tcp")))
    visitor.ask(*MACOS, at=(0, 1, 2, 4))
    home.wait(120)


@CASES.quiet("new-asker")
def a_phone_returns_under_another_mac(home: Home):
    home.days(LEARNED)
    home.android.die()
    phone = Host(home.lan, "android", "da:a1:19:00:00:07", "192.168.1.187", ttl=1)
    phone.join()
    phone.ask("_googlecast._tcp", at=(0, 20, 40))
    home.wait(120)


@pytest.mark.parametrize("check", CASES.checks())
def test_trace(check: Check, tmp_path):
    check(tmp_path)
