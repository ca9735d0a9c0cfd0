#!/usr/bin/env python3
"""Draws a flame graph from `perf script -F comm,ip,sym` on standard input, as one SVG.

    perf script -i perf.data -F comm,ip,sym | tools/berth-bench/flame_graph.py TITLE >graph.svg

Width is the share of CPU time; what is under a box called what is in it. Boxes narrower than
0.25 % are left out, templates and arguments are cut from names, and nothing in it runs: a title
shows when the pointer rests on a box.
"""
import html
import re
import sys

WIDTH, ROW, SMALLEST = 1200, 16, 0.0025
# Frames that say nothing to a reader of the graph.
DULL = re.compile(
    r"^(\[unknown\]|clone3?|start_thread|operator\(\)|std::|__invoke|_M_|execute_native_thread|"
    r"entry_SYSCALL|do_syscall|__x64_sys|__GI_|ksys_|guarded|read<|refusing|visit|asm_|sysvec|"
    r"non-virtual|void )")


def name_of(frame):
    """A function's name without inline mark, template arguments, parameters and namespaces."""
    frame = frame.replace(" (inlined)", "").replace("(anonymous namespace)::", "")
    frame = frame.replace("[abi:cxx11]", "")
    depth, text = 0, ""
    for letter in frame:
        if letter in "<(":
            depth += 1
        elif letter in ">)":
            depth -= 1
        elif depth == 0:
            text += letter
    return text.replace("berth::", "").strip()


def stacks(lines):
    """(thread, frames from the outermost) of each sample."""
    thread, frames = None, []
    for line in lines:
        if not line.strip():
            if thread:
                yield thread, frames[::-1]
            thread, frames = None, []
        elif line[0].isspace() and thread:
            fields = line.split(None, 1)
            if len(fields) == 2 and not DULL.match(fields[1]):
                name = name_of(fields[1])
                if name and (not frames or frames[-1] != name):
                    frames.append(name)
        else:
            thread = line.strip()
    if thread:
        yield thread, frames[::-1]


def build(samples):
    root = {"count": 0, "inner": {}}
    for thread, frames in samples:
        node = root
        node["count"] += 1
        for name in ["ledger writer" if thread.startswith("ledger") else "connections"] + frames:
            node = node["inner"].setdefault(name, {"count": 0, "inner": {}})
            node["count"] += 1
    return root


def boxes(node, total, start, depth, out):
    for name, inner in sorted(node["inner"].items()):
        if inner["count"] >= SMALLEST * total:
            out.append((depth, start, inner["count"], name))
            boxes(inner, total, start, depth + 1, out)
        start += inner["count"]


def colour(name):
    shade = sum(name.encode()) % 40
    if re.match(r"(EC|EVP|SSL|BN|ossl|ecp|tls|ecdsa|HMAC|RAND|CRYPTO|OPENSSL|SHA|aes|i2d|d2i)", name):
        return f"rgb({90 + shade},{150 + shade},{210})"
    if name.startswith("sqlite3"):
        return f"rgb({120 + shade},{190},{110 + shade})"
    if "::" in name or name in ("ledger writer", "connections"):
        return f"rgb({235},{150 + shade},{80 + shade})"
    return f"rgb({200},{190 + shade // 2},{180})"


def main():
    root = build(stacks(sys.stdin))
    total = root["count"]
    out = []
    boxes(root, total, 0, 0, out)
    height = (max(box[0] for box in out) + 3) * ROW
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
          'font-family="sans-serif" font-size="11">')
    print(f'<rect width="100%" height="100%" fill="#fff"/><text x="6" y="14">'
          f'{html.escape(" ".join(sys.argv[1:]))} ({total} samples)</text>')
    for depth, start, count, name in out:
        left, width = start * WIDTH / total, count * WIDTH / total
        top = height - (depth + 1) * ROW
        label = name if len(name) * 6.2 < width else name[:max(0, int(width / 6.2) - 1)]
        print(f'<g><title>{html.escape(name)} {100 * count / total:.1f} %</title>'
              f'<rect x="{left:.1f}" y="{top}" width="{max(width - 0.5, 0.5):.1f}" '
              f'height="{ROW - 1}" fill="{colour(name)}"/>'
              f'<text x="{left + 2:.1f}" y="{top + 11}">{html.escape(label)}</text></g>')
    print("</svg>")


if __name__ == "__main__":
    main()
