#!/usr/bin/env node
// The entry of the command `greenlang`. It answers `--version` and refuses an old Node before anything else is loaded, so
// it must parse on the Node it refuses, and imports nothing at the top but what every Node has.
import { readFileSync } from "node:fs"

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)

if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `greenlang needs Node.js 22.19 or newer, and this is ${process.versions.node}. Get one at https://nodejs.org\n`
  )
  process.exitCode = 2
} else {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
  const [first, ...rest] = process.argv.slice(2)
  if (rest.length === 0 && (first === "--version" || first === "-v")) {
    // the reader of the output may have gone
    process.stdout.on("error", () => process.exit(1))
    process.stdout.write(`greenlang ${version}\n`)
  } else {
    const { start } = await import("./Start.ts")
    await start(version)
  }
}
