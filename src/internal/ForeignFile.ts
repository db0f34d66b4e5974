/**
 * Files that others made, read as text. Whatever stands at the path, reading ends.
 *
 * 1. Opening never waits. A directory, a device and a socket are refused by their kind, and so is a pipe that nothing
 *    writes to. A pipe with a writer is read, such as `<(command)` of a shell.
 * 2. No more than the stated bytes are read, whatever size the file claims, also of a file that grows meanwhile.
 * 3. Interruption ends at once; the file is closed.
 */
import * as Effect from "effect/Effect"
import * as PlatformError from "effect/PlatformError"
import { constants, type Stats } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import { setTimeout } from "node:timers/promises"

/** Whether the file must have a size and a beginning to come back to: a pipe has none. */
export interface Options {
  readonly mostBytes: number
  /** Default: a pipe is read, too. */
  readonly onlyRegular?: boolean
}

/**
 * The text of the file at `path`, by UTF-8. The failure names the path; its `description` says in plain words what stands
 * there or what is wrong with it, and its tag is `NotFound` only where there is nothing.
 */
export const text = (path: string, options: Options): Effect.Effect<string, PlatformError.PlatformError> =>
  Effect.tryPromise({
    try: (signal) =>
      withFile(
        path,
        options,
        async (file, stat) => new TextDecoder().decode(await read(file, stat, options.mostBytes, signal))
      ),
    catch: failure(path)
  })

/** Fails as `text` does where there is no regular file at `path` that can be read, however large. */
export const checkRegular = (path: string): Effect.Effect<void, PlatformError.PlatformError> =>
  Effect.tryPromise({
    try: () => withFile(path, { mostBytes: Infinity, onlyRegular: true }, async () => {}),
    catch: failure(path)
  })

const withFile = async <A>(
  path: string,
  options: Options,
  use: (file: FileHandle, stat: Stats) => Promise<A>
): Promise<A> => {
  // Windows has no such flag, and no such pipes.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const stat = await file.stat()
    check(stat, options)
    return await use(file, stat)
  } finally {
    await file.close()
  }
}

/** What the words of a failure are known to be. */
class Refused extends Error {}

const check = (stat: Stats, { mostBytes, onlyRegular = false }: Options): void => {
  if (stat.isDirectory()) throw new Refused("it is a directory")
  if (stat.isCharacterDevice() || stat.isBlockDevice()) throw new Refused("it is a device")
  if (stat.isSocket()) throw new Refused("it is a socket")
  if (stat.isFIFO() && onlyRegular) throw new Refused("it is a pipe, and it is read more than once")
  if (stat.isFile() && stat.size > mostBytes) throw tooLarge(mostBytes)
}

const tooLarge = (mostBytes: number) => {
  const kib = mostBytes / 1024
  return new Refused(`it is larger than ${kib < 1024 ? `${kib} KiB` : `${kib / 1024} MiB`}`)
}

/** A process that was started beside this one may open its end of the pipe a little later. */
const patience = { forWriter: 2_000, forBytes: 10_000 }

const read = async (file: FileHandle, stat: Stats, mostBytes: number, signal: AbortSignal): Promise<Uint8Array> => {
  const chunks: Array<Uint8Array> = []
  let left = mostBytes
  let quiet = 0
  let pause = 1
  for (;;) {
    signal.throwIfAborted()
    const chunk = new Uint8Array(chunkSize)
    const count = await bytesRead(file, chunk)
    // a pipe has no end before its first writer
    const isEarly = count === 0 && stat.isFIFO() && chunks.length === 0 && quiet < patience.forWriter
    if (count !== undefined && !isEarly) {
      left -= count
      if (left < 0) throw tooLarge(mostBytes)
      if (count === 0) break
      chunks.push(chunk.subarray(0, count))
      quiet = 0
      pause = 1
      continue
    }
    if (quiet >= patience.forBytes) {
      throw new Refused(`nothing was written to this pipe for ${patience.forBytes / 1_000} seconds`)
    }
    await setTimeout(pause, undefined, { signal })
    quiet += pause
    pause = Math.min(pause * 2, 50)
  }
  if (stat.isFIFO() && chunks.length === 0) throw new Refused("nothing writes to this pipe")
  return Buffer.concat(chunks)
}

const chunkSize = 64 * 1024

/** `undefined` where a pipe has nothing yet. */
const bytesRead = async (file: FileHandle, chunk: Uint8Array): Promise<number | undefined> => {
  try {
    return (await file.read(chunk, 0, chunk.length, null)).bytesRead
  } catch (cause) {
    if (codeOf(cause) === "EAGAIN") return undefined
    throw cause
  }
}

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : ""

/** What `method` of a file system failed with at `path`, in plain words. */
export const failure = (path: string, method = "readFile") => (cause: unknown): PlatformError.PlatformError => {
  const [tag, words] = known.get(codeOf(cause)) ?? ["Unknown", undefined]
  return PlatformError.systemError({
    _tag: cause instanceof Refused ? "BadResource" : tag,
    module: "FileSystem",
    method,
    pathOrDescriptor: path,
    description: words ?? (cause instanceof Error ? cause.message : String(cause)),
    cause
  })
}

const known: ReadonlyMap<string, readonly [PlatformError.SystemErrorTag, string]> = new Map([
  ["ENOENT", ["NotFound", "there is no such file"]],
  ["EACCES", ["PermissionDenied", "permission is denied"]],
  ["EPERM", ["PermissionDenied", "permission is denied"]],
  ["EISDIR", ["BadResource", "it is a directory"]],
  ["ENOTDIR", ["BadResource", "a part of its path is not a directory"]],
  ["ELOOP", ["BadResource", "its symbolic links lead in a circle"]],
  ["ENXIO", ["BadResource", "it is a socket or a device"]],
  ["ENAMETOOLONG", ["BadResource", "its name is too long"]],
  ["ERR_INVALID_ARG_VALUE", ["BadResource", "its name is not that of a file"]],
  ["EMFILE", ["Busy", "too many files are open"]],
  ["EBUSY", ["Busy", "it is in use"]]
])
