#!/usr/bin/env python3
"""embed.py -- a program as a C array

    embed.py PROGRAM OUTPUT.c

Writes the definitions that src/builtin/image.h declares.  The section table is left
out: it serves debuggers and linkers, the kernel reads program headers only.
"""

import pathlib
import struct
import sys

ROW = 16


def loaded_part(image):
    """The file up to the end of what its program headers load, without sections."""
    if image[:4] != b"\x7fELF":
        raise ValueError("not an ELF file")
    wide = image[4] == 2
    order = "<" if image[5] == 1 else ">"
    header = struct.Struct(order + ("16sHHIQQQIHHHHHH" if wide else "16sHHIIIIIHHHHHH"))
    fields = list(header.unpack_from(image))
    table, entry_size, count = fields[5], fields[9], fields[10]
    program = struct.Struct(order + ("IIQQQQQQ" if wide else "IIIIIIII"))
    offset_at, size_at = (2, 5) if wide else (1, 4)
    end = table + entry_size * count
    for i in range(count):
        entry = program.unpack_from(image, table + entry_size * i)
        end = max(end, entry[offset_at] + entry[size_at])
    fields[6] = fields[11] = fields[12] = fields[13] = 0  # where sections are, how many
    return header.pack(*fields) + image[header.size : end]


def c_source(image):
    rows = (image[i : i + ROW] for i in range(0, len(image), ROW))
    return "\n".join(
        [
            "/* Made by tools/embed.py. */",
            '#include "image.h"',
            "",
            "const unsigned char builtin_image[] __attribute__((aligned(16))) = {",
            *("\t" + " ".join(f"0x{byte:02x}," for byte in row) for row in rows),
            "};",
            "const size_t builtin_image_size = sizeof(builtin_image);",
            "",
        ]
    )


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: embed.py PROGRAM OUTPUT.c")
    program, output = map(pathlib.Path, sys.argv[1:])
    try:
        output.write_text(c_source(loaded_part(program.read_bytes())))
    except (OSError, ValueError, struct.error) as error:
        sys.exit(f"embed.py: {program}: {error}")


if __name__ == "__main__":
    main()
