/** The processor time that a megabyte takes which is made to take long to read, or to be refused. */
import { test } from "vitest"
import { cpuOf, hostile } from "../test/misuse/modules/hostile.ts"
import { report } from "./ratio.ts"

const isFile = new Set(["YAML", "conditions"])

test("hostile input", async () => {
  for (const { kind, made, what } of hostile) {
    // A longer file is refused before it is read.
    const [size, characters] = isFile.has(kind) ? ["245 KB", 245_000] as const : ["1 MB", 1_048_576] as const
    const millis = await cpuOf(made(characters))
    report(`${size} of ${kind}`, what, `${millis.toFixed(0)} ms`, "at most 200 ms of CPU")
  }
}, 300_000)
