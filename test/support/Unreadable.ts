/**
 * What may stand at a path where a file is expected: each kind that a file system has, in a folder of its own.
 */
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface Kind {
  readonly path: string
  /** What the refusal says. */
  readonly words: RegExp
}

/** A pipe with a name. */
export const pipe = (folder: string, name: string): Effect.Effect<string> =>
  Effect.sync(() => {
    const path = join(folder, name)
    execFileSync("mkfifo", [path])
    return path
  })

/** Every one has a name that ends in `extension`. They go when the scope closes. */
export const make = Effect.fnUntraced(function*(extension: string) {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "unreadable-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
  const at = (name: string) => join(folder, `${name}${extension}`)
  const link = (target: string, name: string) => {
    symlinkSync(target, at(name))
    return at(name)
  }
  mkdirSync(at("directory"))
  writeFileSync(at("file"), "")
  writeFileSync(at("secret"), "name: X")
  chmodSync(at("secret"), 0)
  writeFileSync(at("huge"), "")
  truncateSync(at("huge"), 5 * 1024 ** 3)
  link(at("circle-2"), "circle")
  link(at("circle"), "circle-2")
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => createServer()),
    (server) => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
  )
  yield* Effect.callback<void>((resume) => void server.listen(at("socket"), () => resume(Effect.void)))
  const kinds: ReadonlyArray<Kind> = [
    { path: at("missing"), words: /^there is no such file$/ },
    { path: join(at("file"), `below${extension}`), words: /not a directory/ },
    { path: at("directory"), words: /^it is a directory$/ },
    { path: at("circle"), words: /circle/ },
    { path: link(at("missing"), "dangling"), words: /^there is no such file$/ },
    { path: at("socket"), words: /socket/ },
    { path: yield* pipe(folder, `pipe${extension}`), words: /^nothing writes to this pipe$|^it is a pipe/ },
    { path: link(at("pipe"), "linked pipe"), words: /pipe/ },
    { path: link("/dev/zero", "endless"), words: /^it is a device$/ },
    { path: link("/dev/null", "null"), words: /^it is a device$/ },
    { path: link("/dev/urandom", "random"), words: /^it is a device$/ },
    { path: at("huge"), words: /^it is larger than/ },
    { path: at("n".repeat(300)), words: /^its name is too long$/ },
    { path: at("zero\0byte"), words: /name/ },
    // nothing is forbidden to the superuser but this
    process.getuid?.() === 0
      ? { path: link("/proc/sys/vm/drop_caches", "forbidden"), words: /^permission is denied$/ }
      : { path: at("secret"), words: /^permission is denied$/ }
  ]
  return { folder, kinds }
})
