"""Makes the small faces of tests/fixtures/fonts from faces under the SIL Open Font License.

Usage: faces.py OUT NotoSerifSC-Regular.ttf NotoSerifSC-Bold.ttf NotoSerifCJK-Regular.ttc Inter.var.ttf SourceCodeVF.otf

Needs fontTools. Every face is renamed, so that no reserved name is used for a changed version.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont
from fontTools.varLib.instancer import instantiateVariableFont

EPOCH = 3_600_000_000  # head.modified, so that the files are the same each time


def subset(font, text, features=("locl", "halt", "kern", "ccmp")):
    options = Options(layout_features=list(features), name_IDs=[0, 13, 14], notdef_outline=True, hinting=False)
    options.drop_tables += ["DSIG", "STAT", "MVAR", "BASE", "VORG", "vhea", "vmtx", "meta"]
    subsetter = Subsetter(options)
    subsetter.populate(text=text)
    subsetter.subset(font)
    return font


def rename(font, family, style, localized=()):
    table = font["name"]
    post_script = f"{family.replace(' ', '')}-{style.replace(' ', '')}"
    for number, text in ((1, family), (2, style), (4, f"{family} {style}"), (6, post_script)):
        table.setName(text, number, 3, 1, 0x409)
    for language, name in localized:
        table.setName(name, 1, 3, 1, language)
    if "CFF " in font:
        cff = font["CFF "].cff
        cff.fontNames = [post_script]
        cff.topDictIndex[0].rawDict.pop("FullName", None)
        cff.topDictIndex[0].rawDict.pop("FamilyName", None)
    return font


def save(font, path):
    font["head"].modified = font["head"].created = EPOCH
    font.recalcTimestamp = False
    font.save(path)


def main(out, regular, bold, pan_cjk, inter, code):
    out = Path(out)
    han = "文集字体测试粗细的一是骨国"
    song = [rename(subset(TTFont(path), han), "Wenji Song", style, [(0x804, "文集宋体")])
            for path, style in ((regular, "Regular"), (bold, "Bold"))]
    collection = TTCollection()
    collection.fonts = song
    for font in song:
        font["head"].modified = font["head"].created = EPOCH
        font.recalcTimestamp = False
    collection.save(out / "WenjiSong.ttc")

    # Regular only, with a mark that no embedded face has beside Han, and a code for private use.
    plain = rename(subset(TTFont(regular), han), "Wenji Ming", "Regular")
    glyph = plain.getBestCmap()[ord("一")]
    for table in plain["cmap"].tables:
        if table.format != 14:
            table.cmap.update({0x1AB0: glyph, 0xE000: glyph})
    save(plain, out / "WenjiMing-Regular.ttf")

    restricted = rename(subset(TTFont(regular), han), "Wenji Closed", "Regular")
    restricted["OS/2"].fsType = 2
    save(restricted, out / "WenjiClosed-Regular.ttf")

    for index, region, text in ((3, "TC", "骨直戶國說話的一。，"), (0, "JP", "骨直戶国の一はあ。、")):
        face = TTCollection(pan_cjk).fonts[index]
        save(rename(subset(face, text, ("halt",)), f"Wenji Serif {region}", "Regular"), out / f"WenjiSerif{region}-Regular.otf")

    letters = "Regular bold italic text."
    sans = subset(instantiateVariableFont(TTFont(inter), {"slnt": (-10, 0)}), letters, ("kern",))
    save(rename(sans, "Wenji Sans", "Regular"), out / "WenjiSans-Variable.ttf")
    mono = subset(TTFont(code), "let a = code(10);", ())
    save(rename(mono, "Wenji Code", "Regular"), out / "WenjiCode-Variable.otf")


if __name__ == "__main__":
    main(*sys.argv[1:])
