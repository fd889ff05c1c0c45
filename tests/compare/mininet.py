"""The topology of a plan, built by Mininet's Python API. Mininet's nodes stand for the plan's namespaces,
its links for the cables; what it has no word for (sysctls, bridges, neighbours) its nodes' shells are told.

usage: mininet.py PLAN; prints how many seconds it took to build it, and to take it down.
"""
import json
import sys
import time

from mininet.net import Mininet
from mininet.node import Node

plan = json.load(open(sys.argv[1]))
started = time.monotonic()
net = Mininet(controller=None, build=False)
nodes = {n["node"]: net.addHost(n["node"], cls=Node, ip=None) for n in plan["namespaces"]}
for n in plan["namespaces"]:
    settings = ["echo %s > /proc/sys/%s" % (s["value"], s["path"]) for s in n["sysctls"]]
    nodes[n["node"]].cmd("{ %s; } 2>/dev/null; ip link set lo up" % "; ".join(settings))
for b in plan["bridges"]:
    nodes[b["node"]].cmd(
        "ip link add name {name} address {mac} mtu {mtu} type bridge"
        " stp_state 0 forward_delay 0 mcast_snooping 0; ip link set {name} up".format(**b)
    )
for v in plan["veths"]:
    a, b = v["near"], v["far"]
    net.addLink(
        nodes[a["node"]], nodes[b["node"]],
        intfName1=a["name"], intfName2=b["name"], addr1=a["mac"], addr2=b["mac"],
    )
    for end in (a, b):
        master = "master %s" % end["bridge"] if end["bridge"] else ""
        nodes[end["node"]].cmd("ip link set {name} mtu {mtu} {0} up".format(master, **end))
lines = {}
for a in plan["addresses"]:
    line = "address add {address}/{prefix_length} dev {interface}".format(**a)
    lines.setdefault(a["node"], []).append(line)
for r in plan["routes"]:
    line = "route add {destination} via {gateway}".format(**r)
    lines.setdefault(r["node"], []).append(line)
for n in plan["neighbours"]:
    line = "neighbour replace {address} lladdr {mac} dev {interface}".format(**n)
    lines.setdefault(n["node"], []).append(line)
for node, batch in lines.items():
    nodes[node].cmd("ip -batch - <<'END'\n%s\nEND" % "\n".join(batch))
built = time.monotonic()
net.stop()
print("MEASURED", built - started, time.monotonic() - built)
