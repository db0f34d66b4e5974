/**
 * A folder of a user in which this repository is installed as `greenlang`.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

const root = join(import.meta.dirname, "../..")

/** `files` are texts by path. */
export const make = (files: Readonly<Record<string, string>>) => {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "greenlang-own-")))
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  mkdirSync(join(path, "node_modules"))
  symlinkSync(root, join(path, "node_modules/greenlang"))
  for (const name of ["effect", "@effect"]) {
    symlinkSync(join(root, "node_modules", name), join(path, "node_modules", name))
  }
  for (const [name, text] of Object.entries({ "package.json": `{ "type": "module" }`, ".git": "", ...files })) {
    write(name, text)
  }
  return { path, write, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}
