"""What is worth asking for before anybody says that it is there. Data, nothing else."""

from __future__ import annotations

COMMON_TYPES = tuple(
    f"{name}.local."
    for name in (
        *("_http._tcp", "_https._tcp", "_ssh._tcp", "_sftp-ssh._tcp", "_smb._tcp", "_rfb._tcp"),
        *("_afpovertcp._tcp", "_nfs._tcp", "_webdav._tcp", "_ftp._tcp", "_rdp._tcp"),
        *("_ipp._tcp", "_ipps._tcp", "_printer._tcp", "_pdl-datastream._tcp", "_uscan._tcp"),
        *("_scanner._tcp", "_airplay._tcp", "_raop._tcp", "_googlecast._tcp", "_sonos._tcp"),
        *("_spotify-connect._tcp", "_companion-link._tcp", "_hap._tcp", "_hap._udp"),
        *("_matter._tcp", "_matterc._udp", "_meshcop._udp", "_workstation._tcp", "_adisk._tcp"),
        *("_home-assistant._tcp", "_esphomelib._tcp", "_mqtt._tcp", "_device-info._tcp"),
        *("_androidtvremote2._tcp", "_amzn-wplay._tcp", "_sleep-proxy._udp", "_telnet._tcp"),
        *("_mediaremotetv._tcp", "_touch-able._tcp", "_daap._tcp", "_nvstream._tcp", "_hue._tcp"),
        *("_nanoleafapi._tcp", "_shelly._tcp", "_wled._tcp", "_elg._tcp", "_miio._udp"),
        *("_plexmediasvr._tcp", "_rtsp._tcp", "_axis-video._tcp", "_ptp._tcp", "_privet._tcp"),
        *("_webdavs._tcp", "_net-assistant._udp", "_apple-mobdev2._tcp", "_teamviewer._tcp"),
    )
)
"""Asked for with the meta-query: some responders do not answer that one, and all others are
heard of sooner. In the same packet and after it: some read a packet's first question only, and
a python-zeroconf that gets two packets in a row holds its answer back for up to half a second,
to make one of them."""
SUBTYPES: dict[str, tuple[str, ...]] = {
    "_http._tcp": ("_printer",),
    "_ipp._tcp": ("_universal", "_print", "_cups"),
    "_ipps._tcp": ("_universal", "_print", "_cups"),
    "_matterc._udp": ("_CM",),
}
"""DNS-SD has no way to ask which subtypes there are (RFC 6763 §7.1): these are worth a try."""
