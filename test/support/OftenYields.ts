/**
 * Puts fibers aside far more often than by default, each after `FIBER_OPS` operations: what goes wrong where another fiber comes between
 * two of them, and happens once in a million runs, happens now. A test may fail for another reason: its virtual clock moves on before a fiber
 * sleeps that is on its way there.
 */
import * as References from "effect/References"

const ops = Number(process.env["FIBER_OPS"])
if (!(ops >= 20)) throw new Error(`FIBER_OPS is ${process.env["FIBER_OPS"]}; expected a number of at least 20`)

/** Where a reference keeps its default, once something has asked for it. */
const kept = "~effect/Context/defaultValue"

void Object.assign(References.MaxOpsBeforeYield, { [kept]: ops })
