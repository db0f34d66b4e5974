/**
 * What a pipeline of 200 steps with mixed policies costs the compiler, beside one of 20. The seconds are those
 * that `tsc` says it spent checking, `effect` and `greenlang` included.
 */
import { test } from "vitest"
import { typeCheck } from "../test/support/PipelineSource.ts"
import { report } from "./ratio.ts"

test("a pipeline of 200 steps", async () => {
  const few = await typeCheck(20)
  const many = await typeCheck(200)
  report(
    "type-checking 200 steps",
    `20 steps ${few.checkSeconds} s, 200 steps ${many.checkSeconds} s`,
    `${many.checkSeconds} s`,
    "under 2 s"
  )
}, 60_000)
