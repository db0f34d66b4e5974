/**
 * A small project of a user: a config, an agent, a test that needs no key. Its files are in `templates/project`.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Folder from "../database/internal/Folder.ts"
import * as ForeignFile from "../internal/ForeignFile.ts"
import { UsageError, wordsOf } from "./CliError.ts"

/** npm leaves out a file called .gitignore, and a package.json of its own would hide this package from the template. */
const names: Readonly<Record<string, string>> = { gitignore: ".gitignore", "package.template.json": "package.json" }

/**
 * Writes the project into `directory`, which is made where it is missing, and returns the paths of its files. Fails with a
 * `UsageError` where the directory has something in it, which then stays as it is. Removes what it wrote where it cannot
 * write all.
 *
 * @category making
 */
export const write = Effect.fnUntraced(function*(
  directory: string
): Effect.fn.Return<
  ReadonlyArray<string>,
  UsageError | PlatformError.PlatformError,
  FileSystem.FileSystem | Path.Path
> {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = path.resolve(directory)
  const home = yield* Effect.orDie(path.fromFileUrl(new URL("../../", import.meta.url)))
  if (path.basename(root) === "node_modules") {
    return yield* new UsageError({
      problem: `npm keeps the packages of a project in a directory of this name: ${directory}`,
      hint: "Name another one, such as demo."
    })
  }
  const isThere = yield* prepare(directory, root).pipe(
    Effect.catchIf(
      (error): error is PlatformError.PlatformError =>
        error._tag === "PlatformError" && error.reason._tag !== "PermissionDenied",
      (error) => new UsageError({ problem: `This directory cannot be made: ${directory}: ${wordsOf(error)}` })
    )
  )

  const template = path.join(home, "templates/project")
  const files = (yield* fileSystem.readDirectory(template, { recursive: true })).toSorted()
  const own: { readonly version: string; readonly peerDependencies: Readonly<Record<string, string>> } = JSON.parse(
    yield* fileSystem.readFileString(path.join(home, "package.json"))
  )
  const written: Array<string> = []
  const copy = Effect.fnUntraced(function*(file: string) {
    const from = path.join(template, file)
    if ((yield* fileSystem.stat(from)).type !== "File") return
    const name = names[file] ?? file
    const to = path.join(root, name)
    yield* makeFolder(path.dirname(to))
    const text = yield* fileSystem.readFileString(from)
    yield* fileSystem.writeFileString(to, name === "package.json" ? described(text, root, path, own) : text, {
      flag: "wx"
    })
    written.push(name)
  })
  yield* Effect.onError(
    Effect.forEach(files, copy, { discard: true }),
    () =>
      Effect.ignore(
        undo(root, isThere, files.map((file) => path.join(root, (names[file] ?? file).split(path.sep)[0]!)))
      )
  )
  return written
})

/** Makes the directory where it is missing. Answers with whether it was there. */
const prepare = Effect.fnUntraced(function*(directory: string, root: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const isThere = yield* fileSystem.exists(root)
  if (isThere) yield* checkEmpty(directory, root)
  else yield* makeFolder(root)
  return isThere
})

const makeFolder = (folder: string) =>
  Effect.tryPromise({ try: () => Folder.make(folder), catch: ForeignFile.failure(folder, "makeDirectory") })

const checkEmpty = Effect.fnUntraced(function*(directory: string, root: string) {
  const fileSystem = yield* FileSystem.FileSystem
  if ((yield* fileSystem.stat(root)).type !== "Directory") {
    return yield* new UsageError({ problem: `This is a file, not a directory: ${directory}` })
  }
  // A repository that holds nothing yet is empty, too.
  if ((yield* fileSystem.readDirectory(root)).some((name) => name !== ".git")) {
    return yield* new UsageError({
      problem: `This directory is not empty: ${directory}`,
      hint: "Name a directory that is empty, or is to be made. Nothing was written."
    })
  }
})

/** It was empty, or not there. */
const undo = Effect.fnUntraced(function*(root: string, wasThere: boolean, entries: ReadonlyArray<string>) {
  const fileSystem = yield* FileSystem.FileSystem
  const paths = wasThere ? new Set(entries) : [root]
  yield* Effect.forEach(paths, (path) => fileSystem.remove(path, { recursive: true, force: true }), { discard: true })
})

const described = (
  text: string,
  root: string,
  path: Path.Path,
  own: { readonly version: string; readonly peerDependencies: Readonly<Record<string, string>> }
): string => {
  const name = path.basename(root).toLowerCase().replaceAll(/[^\w.-]+/g, "-").replace(/^[._-]+/, "") || "agents"
  const { dependencies, ...rest } = JSON.parse(text)
  const versions = { ...dependencies, effect: own.peerDependencies["effect"], greenlang: `^${own.version}` }
  return `${JSON.stringify({ ...rest, name, dependencies: versions }, null, 2)}\n`
}
