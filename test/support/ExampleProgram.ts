/**
 * A program of examples/, run as a user would, on plain Node.
 */
import { execFile } from "node:child_process"
import { relative } from "node:path"
import { promisify } from "node:util"
import type { ExpectStatic } from "vitest"
import * as NodeFlags from "./NodeFlags.ts"
import { rounds } from "./Rounds.ts"

const execute = promisify(execFile)

/** What differs from run to run and says nothing about the program. */
const settle = (output: string) =>
  output
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>")
    .replace(/\b\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, "<time>")
    .replace(/\b\d+(\.\d+)? ?ms\b/g, "<duration>")
    .replace(/\b\d+(\.\d+)?x/g, "<ratio>x")
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>")

/** Runs `file`, a path such as `examples/promises.ts` in the folder `cwd`, and compares what it prints with last time. */
export const printsAsBefore = async (
  expect: ExpectStatic,
  cwd: string,
  file: string,
  flags: ReadonlyArray<string> = []
): Promise<void> => {
  // Of fewer than two kills, the first may come after the last step.
  const kills = `${Math.max(2, rounds(3))}`
  const { stderr, stdout } = await execute(process.execPath, [...flags, file], {
    cwd,
    env: NodeFlags.environment({ HOME: "/nonexistent", NO_COLOR: "1", KILLS: kills })
  })
  expect(stderr).toBe("")
  await expect(settle(stdout)).toMatchFileSnapshot(`__snapshots__/${relative("examples", file)}.txt`)
}
