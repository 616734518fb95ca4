"""Publish one host's services with python-zeroconf until SIGTERM: publish.py HOST.json

Prints ``published N`` once all of them are announced; says goodbye when asked to stop.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

from zeroconf import IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf


def infos(host: dict[str, Any]) -> list[AsyncServiceInfo]:
    """One for each service and each of its subtypes."""
    found: list[AsyncServiceInfo] = []
    for service in host["services"]:
        base = f"{service['type']}.local."
        for kind in [base, *(f"{sub}._sub.{base}" for sub in service.get("sub", []))]:
            found.append(
                AsyncServiceInfo(
                    kind,
                    f"{service['name']}.{base}",
                    parsed_addresses=host["addresses"],
                    port=service["port"],
                    properties=service.get("txt") or {},
                    server=f"{host['hostname']}.local.",
                )
            )
    return found


async def main(path: Path) -> None:
    host = json.loads(path.read_text(encoding="utf-8"))
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    zeroconf = AsyncZeroconf(ip_version=IPVersion.All)
    announcing = [
        # Cooperating: a subtype's registration repeats its instance's name.
        await zeroconf.async_register_service(info, cooperating_responders=True)
        for info in infos(host)
    ]
    await asyncio.gather(*announcing)
    print("published", len(announcing), flush=True)
    await stopped.wait()
    await zeroconf.async_unregister_all_services()
    await zeroconf.async_close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
