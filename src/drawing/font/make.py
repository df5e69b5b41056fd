#!/usr/bin/env python3
"""Makes eseal-song.otf, the font of this folder. See ORIGIN.txt for where its two inputs come from.

    pip install fonttools==4.68.0 cffsubr==0.4.0
    python3 make.py NotoSerifSC_600SemiBold.ttf characters.txt eseal-song.otf

Keeps GB 2312 (what Python's codec knows of it), ASCII, Latin-1, the marks that names and numbers need, and the 8105
characters of the second file; drops hints and layout tables; turns quadratic outlines into cubic ones within half a
unit of 1000; shares what the outlines have in common. The result depends on the inputs and these versions alone.
"""

import sys

import cffsubr
from fontTools import subset
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.qu2cuPen import Qu2CuPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont

MARKS = "·•～—–…‘’“”〇○●★☆№℃¥￥《》〈〉「」『』【】〔〕"
NAME = "ESeal Song"


def characters(path):
    wanted = {chr(code) for code in [*range(0x20, 0x7F), *range(0xA0, 0x100)]}
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                wanted.add(bytes([high, low]).decode("gb2312"))
            except UnicodeDecodeError:
                pass
    wanted.update(MARKS)
    with open(path, encoding="utf-8") as file:
        wanted.update(file.read().split())
    return wanted


def cut(source, wanted):
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.notdef_outline = True
    options.glyph_names = False
    options.name_IDs = [0, 13, 14]
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "STAT", "gasp", "DSIG"]
    font = TTFont(source)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(character) for character in wanted])
    cutter.subset(font)
    return font


def cubic(font):
    order = font.getGlyphOrder()
    metrics = font["hmtx"].metrics
    outlines = {}
    glyphs = font.getGlyphSet()
    for glyph in order:
        pen = T2CharStringPen(metrics[glyph][0], glyphs)
        glyphs[glyph].draw(Qu2CuPen(pen, 0.5, all_cubic=True, reverse_direction=True))
        outlines[glyph] = pen.getCharString()
    old = {record.nameID: record.toUnicode() for record in font["name"].names}
    builder = FontBuilder(unitsPerEm=font["head"].unitsPerEm, isTTF=False)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(font.getBestCmap())
    short = NAME.replace(" ", "")
    builder.setupCFF(short, {"FullName": NAME, "FamilyName": NAME, "Weight": "SemiBold"}, outlines, {})
    left = {}
    for glyph in order:
        box = builder.font["CFF "].cff.topDictIndex[0].CharStrings[glyph].calcBounds(None)
        left[glyph] = (metrics[glyph][0], int(box[0]) if box else 0)
    builder.setupHorizontalMetrics(left)
    builder.setupHorizontalHeader(ascent=font["hhea"].ascent, descent=font["hhea"].descent)
    builder.setupNameTable(
        {
            "copyright": old.get(0, ""),
            "familyName": NAME,
            "styleName": "Regular",
            "uniqueFontIdentifier": f"{NAME} 1",
            "fullName": NAME,
            "version": "Version 1.000",
            "psName": short,
            "licenseDescription": old.get(13, ""),
            "licenseInfoURL": old.get(14, ""),
        },
        mac=False,
    )
    builder.setupOS2(
        sTypoAscender=font["OS/2"].sTypoAscender,
        sTypoDescender=font["OS/2"].sTypoDescender,
        usWinAscent=font["OS/2"].usWinAscent,
        usWinDescent=font["OS/2"].usWinDescent,
        sCapHeight=font["OS/2"].sCapHeight,
        usWeightClass=600,
        fsType=0,
    )
    builder.setupPost(keepGlyphNames=False)
    # A fixed date: the same inputs give the same bytes.
    builder.font["head"].created = builder.font["head"].modified = font["head"].modified
    builder.font.recalcTimestamp = False
    return builder.font


def main():
    source, table, target = sys.argv[1:]
    font = cubic(cut(source, characters(table)))
    cffsubr.subroutinize(font, keep_glyph_names=False)
    font.save(target)


main()
