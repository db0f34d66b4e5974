/**
 * The published tables as they ship with the package: one CSV file each in `data/`, listed in `data/index.json`.
 *
 * A later edition is a further file and its entry in the list; no code names a file. A file is read when its kind is
 * first asked for.
 */
import * as Effect from "effect/Effect"
import { DatabaseError, QueryFailed } from "../../database/DatabaseError.ts"
import * as Csv from "./Csv.ts"

/**
 * One file. `kind` says which files hold rows of the same columns and meaning: the file's own name where `index.json`
 * names none. `key` are the columns that no two rows of a kind share.
 *
 * @category models
 */
export interface DataFile {
  readonly file: string
  readonly kind: string
  readonly columns: ReadonlyArray<string>
  readonly key: ReadonlyArray<string>
}

/**
 * @category models
 */
export interface Contents {
  /** SHA-256 of the file, in hexadecimal. */
  readonly digest: string
  /** Parsed when it runs: what has the rows of this digest already does without. */
  readonly rows: Effect.Effect<ReadonlyArray<Csv.Row>, DatabaseError>
}

interface Listed {
  readonly file: string
  readonly kind?: string
  readonly columns: ReadonlyArray<string>
  readonly key?: ReadonlyArray<string>
}

const read = (file: string) =>
  Effect.tryPromise({
    try: async () => (await import("node:fs/promises")).readFile(new URL(`data/${file}`, import.meta.url), "utf8"),
    catch: (cause) => new DatabaseError({ reason: new QueryFailed({ operation: `reading ${file}`, cause }) })
  })

/**
 * Every file, in the order of the list.
 *
 * @category reading
 */
export const list: Effect.Effect<ReadonlyArray<DataFile>, DatabaseError> = Effect.map(
  read("index.json"),
  (text) =>
    (JSON.parse(text) as ReadonlyArray<Listed>).map(({ columns, file, key = [], kind }) => ({
      file,
      columns,
      key,
      kind: kind ?? file.replace(/\.csv$/, "")
    }))
)

/**
 * What one file holds. A cell is a number where every cell of its column is one, and `null` where it is empty.
 *
 * @category reading
 */
export const contents = Effect.fnUntraced(function*(file: string) {
  const text = yield* read(file)
  const { createHash } = yield* Effect.promise(() => import("node:crypto"))
  const contents: Contents = {
    digest: createHash("sha256").update(text).digest("hex"),
    rows: Effect.mapError(
      Csv.parse(text),
      (cause) => new DatabaseError({ reason: new QueryFailed({ operation: `reading ${file}`, cause }) })
    )
  }
  return contents
})
