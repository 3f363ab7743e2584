"""Writes golden answers for decimal floating point (python3 peer/writeDfpGolden.py).

QEMU has no decimal floating point; the second implementation is libmpdec, through Python's decimal module,
set up as the two IEEE interchange formats. Each row: format, operation, rounding mode of the FPC, operands,
result, flag byte.
"""
import json
import pathlib
import random
from decimal import (
    Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow, Underflow, ROUND_05UP,
    ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP,
)

# In the order of the FPC encoding.
MODES = [ROUND_HALF_EVEN, ROUND_DOWN, ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, ROUND_HALF_DOWN,
         ROUND_UP, ROUND_05UP]
FORMATS = {"long": (16, 384), "extended": (34, 6144), "short": (7, 96)}
FLAGS = [(InvalidOperation, 0x80), (DivisionByZero, 0x40), (Overflow, 0x20), (Underflow, 0x10),
         (Inexact, 0x08)]


def context(name, mode, precision=None):
    digits, emax = FORMATS[name]
    # REROUND knows no underflow: fewer digits must not raise the least exponent.
    least = 1 - emax - (digits if precision else 0)
    return Context(prec=precision or digits, rounding=mode, Emin=least, Emax=emax, capitals=1, clamp=1,
                   flags=[], traps=[])


def operand(rng, name, near=None):
    digits, emax = FORMATS[name]
    sign = rng.choice(["", "-"])
    kind = rng.randrange(40)
    if kind == 0:
        return Decimal(sign + "Infinity")
    if kind == 1:
        return Decimal(f"{sign}{rng.choice(['NaN', 'sNaN'])}{rng.choice(['', '7', '123456'])}")
    least, greatest = 2 - emax - digits, emax - digits + 1
    count = rng.choice([1, 2, digits, digits, rng.randint(1, digits)])
    style = rng.randrange(5)
    if style == 0:
        text = "9" * count
    elif style == 1:
        text = "5" + "0" * (count - 1)
    elif style == 2:
        text = "1" + "0" * (count - 1)
    else:
        text = "".join(rng.choice("0123456789") for _ in range(count))
    if kind == 2:
        text = "0"
    span = rng.randrange(6)
    if span == 0:
        exponent = least + rng.randrange(2 * digits)
    elif span == 1:
        exponent = greatest - rng.randrange(2 * digits)
    elif span < 4 and near is not None and near.is_finite():
        exponent = near.as_tuple().exponent + rng.randint(-digits - 3, digits + 3)
    else:
        exponent = rng.randint(-digits, digits)
    exponent = max(least, min(greatest, exponent))
    return Decimal(f"{sign}{text}E{exponent}")


def flags_of(ctx):
    return sum(bit for signal, bit in FLAGS if ctx.flags[signal])


def main():
    rng = random.Random(20200)
    rows = []

    def add(name, operation, mode, operands, result, ctx):
        rows.append([name, operation, mode, [str(o) for o in operands], str(result), flags_of(ctx)])

    binary = {"add": Context.add, "subtract": Context.subtract, "multiply": Context.multiply,
              "divide": Context.divide, "quantize": Context.quantize}
    for name in ["long", "extended"]:
        for operation, function in binary.items():
            for _ in range(170):
                mode = rng.randrange(8)
                ctx = context(name, MODES[mode])
                a = operand(rng, name)
                b = operand(rng, name, a)
                add(name, operation, mode, [a, b], function(ctx, a, b), ctx)
        for _ in range(80):
            mode = rng.randrange(8)
            ctx = context(name, MODES[mode])
            a = operand(rng, name)
            add(name, "integer", mode, [a], ctx.to_integral_exact(a), ctx)
            significance = rng.randint(1, FORMATS[name][0])
            a = operand(rng, name)
            if a.is_finite() and len(a.as_tuple().digits) > significance:
                ctx = context(name, MODES[mode], significance)
                rounded = ctx.plus(a)
                # A coefficient shorter than the format's may need its exponent folded down.
                add(name, "reround", mode, [a, significance], context(name, MODES[mode]).plus(rounded), ctx)
        for _ in range(80):
            ctx = context(name, MODES[0])
            a = operand(rng, name)
            b = operand(rng, name, a)
            add(name, "compare", 0, [a, b], ctx.compare(a, b), ctx)
    for source, target in [("long", "short"), ("extended", "long")]:
        for _ in range(150):
            mode = rng.randrange(8)
            ctx = context(target, MODES[mode])
            a = operand(rng, source, operand(rng, target))
            # plus() of minus zero is plus zero, which LOAD ROUNDED is not.
            if a.is_finite() and not a.is_zero():
                add(source, "round", mode, [a], ctx.plus(a), ctx)
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    target = pathlib.Path(__file__).parent.parent / "golden" / "dfp.json"
    target.write_text(f"[\n{lines}\n]\n")


main()
