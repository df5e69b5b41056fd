#!/usr/bin/env python3
"""Makes eseal-digits.ttf, the second font of this folder. See ORIGIN.txt for where its input comes from.

    pip install fonttools==4.68.0
    python3 make_digits.py Arimo_400Regular.ttf eseal-digits.ttf

Keeps ASCII digits, capitals and a few marks of the shapes that official numbers are drawn in.
"""

import string
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

NAME = "ESeal Digits"


def main():
    source, target = sys.argv[1:]
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.glyph_names = False
    options.name_IDs = [0, 13, 14]
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "STAT", "gasp", "DSIG", "meta"]
    font = TTFont(source, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(c) for c in string.digits + string.ascii_uppercase + "-()/. "])
    cutter.subset(font)
    for identifier, text in [(1, NAME), (2, "Regular"), (3, NAME + " 1"), (4, NAME), (6, NAME.replace(" ", ""))]:
        font["name"].setName(text, identifier, 3, 1, 0x409)
    font.save(target)


main()
