"""Where C2SP tlog-tiles puts a tile, for whoever checks a log that is served as files."""


def tile_path(level, index, width=256):
    """tile/LEVEL/INDEX in groups of three digits, and .p/WIDTH where it is not full."""
    if not (0 <= level < 64 and index >= 0 and 1 <= width <= 256):
        raise ValueError(f"no tile: level {level}, index {index}, width {width}")
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i:i + 3] for i in range(0, len(digits), 3)]
    path = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return f"tile/{level}/{path}" + ("" if width == 256 else f".p/{width}")


def tiles_of(size, level):
    """(how many full tiles a tree of that size has at the level, the width of the partial one)."""
    return divmod(size >> 8 * level, 256)
