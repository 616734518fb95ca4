"""Services that send what they are told, passwords included, for anybody to read."""

from __future__ import annotations

from whoasks.core.auditing.base import Check, by_type
from whoasks.core.model import Severity

_FILES = {
    "_ftp._tcp": "FTP",
    "_tftp._udp": "TFTP, which knows no login",
    "_webdav._tcp": "WebDAV without encryption",
    "_rsync._tcp": "rsync",
}
_MESSAGES = {
    "_mqtt._tcp": "MQTT without encryption",
    "_ldap._tcp": "LDAP",
    "_imap._tcp": "IMAP",
    "_pop3._tcp": "POP3",
    "_smtp._tcp": "SMTP",
    "_snmp._udp": "SNMP",
    "_sip._udp": "SIP",
    "_amqp._tcp": "AMQP",
    "_redis._tcp": "Redis",
    "_postgresql._tcp": "PostgreSQL",
    "_mysql._tcp": "MySQL",
    "_couchdb._tcp": "CouchDB",
}
_PICTURES = {
    "_rtsp._tcp": "a camera or player stream (RTSP)",
    "_axis-video._tcp": "an Axis camera",
}
_REMEDY = "Use the encrypted kind (SFTP, FTPS, WebDAV over HTTPS), and turn this one off."

CHECKS = (
    Check(
        id="clear-text-files",
        title="files without encryption",
        severity=Severity.MEDIUM,
        why="Passwords and files cross the network as they are.",
        remedy=_REMEDY,
        references=("CWE-319",),
        attack=("T1040",),
        find=by_type(_FILES),
    ),
    Check(
        id="clear-text-messages",
        title="messages or data without encryption",
        severity=Severity.MEDIUM,
        why="The type that is announced is the one without TLS. What is sent, and often the "
        "login, can be read on the way; many such servers of a home or lab ask for none.",
        remedy="Require TLS and a login (for MQTT port 8883, announced as _secure-mqtt._tcp), or "
        "let it listen on the machine itself only.",
        references=("CWE-319",),
        attack=("T1040",),
        find=by_type(_MESSAGES),
    ),
    Check(
        id="clear-text-video",
        title="picture or sound without encryption",
        severity=Severity.MEDIUM,
        why="Whoever can see the traffic sees the picture; some cameras show it to anybody who "
        "asks.",
        remedy="Set a password for the stream, use RTSP over TLS or SRTP where the camera can, and "
        "keep cameras in a network of their own.",
        references=("CWE-319",),
        attack=("T1125", "T1040"),
        find=by_type(_PICTURES),
    ),
)
