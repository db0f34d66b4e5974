/**
 * A folder as a user of the package has it: the package built to JavaScript and installed, and other packages beside it.
 */
import { execFile } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"

const root = join(import.meta.dirname, "../..")

/** `others` are names of packages. */
export const make = async (others: ReadonlyArray<string>) => {
  const path = mkdtempSync(join(tmpdir(), "greenlang-"))
  writeFileSync(join(path, "package.json"), `{ "type": "module" }`)
  const installed = join(path, "node_modules/greenlang")
  const flags = ["-p", "src", "--noCheck", "--outDir", join(installed, "dist")]
  await promisify(execFile)(join(root, "node_modules/.bin/tsc"), flags, { cwd: root })
  cpSync(join(root, "package.json"), join(installed, "package.json"))
  for (const name of others) {
    const link = join(path, "node_modules", name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, "node_modules", name), link)
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}
