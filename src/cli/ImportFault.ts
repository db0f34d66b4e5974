/**
 * Why a module of a user cannot be imported: what is wrong with it, and what would be right.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Predicate from "effect/Predicate"
import * as SyntaxPlace from "./SyntaxPlace.ts"

/** @category models */
export interface ImportFault {
  /** The place in the definition, where the module threw for one. */
  readonly field?: string
  readonly problem: string
  readonly hint?: string
}

/**
 * Reads what the `import` of `file` was rejected with.
 *
 * @category reading
 */
export const describe = (file: string, error: unknown): Effect.Effect<ImportFault, never, FileSystem.FileSystem> => {
  const message = read(error, "message") ?? textOf(error)
  const [first = ""] = message.split("\n")
  switch (read(error, "code")) {
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return Effect.succeed({
        problem: lines(message).slice(0, 2).join(" "),
        hint:
          "Node removes types and nothing else: set \"erasableSyntaxOnly\" in tsconfig.json, and your editor shows what to change."
      })
    case "ERR_INVALID_TYPESCRIPT_SYNTAX":
      return Effect.succeed({
        problem: lines(message).slice(0, 2).join(" "),
        hint: SyntaxPlace.ofTypeScript(read(error, "stack") ?? "") ?? "Your TypeScript compiler says more."
      })
    case "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING":
      return Effect.succeed({ problem: first, hint: "Node loads TypeScript only outside of node_modules." })
    case "ERR_MODULE_NOT_FOUND":
      return notFound(first)
    case "ERR_UNSUPPORTED_DIR_IMPORT":
      return Effect.succeed({ problem: first, hint: "Imports name a file, such as ./src/index.ts." })
    case "ERR_UNKNOWN_FILE_EXTENSION":
      return Effect.succeed({ problem: first, hint: "A config is a .ts, .mts, .js or .mjs file." })
  }
  if (read(error, "_tag") === "InvalidProject") {
    const [field, problem, expected] = ["field", "problem", "expected"].map((name) => read(error, name) ?? "")
    return Effect.succeed({ field: field!, problem: problem!, hint: `Expected ${expected}.` })
  }
  if (error instanceof SyntaxError) {
    if (first.includes("does not provide an export named")) {
      return Effect.succeed({
        problem: first,
        hint: "If it is a type, write import type: Node removes no other import."
      })
    }
    const place = atPlace(error)
    // Code that runs, such as JSON.parse, has a line in the stack.
    if (place.hint !== undefined) return Effect.succeed({ problem: first, ...place })
    return Effect.map(
      Effect.promise(() => SyntaxPlace.ofJavaScript(file)),
      (hint) => hint === undefined ? { problem: first } : { problem: first, hint }
    )
  }
  return Effect.succeed({ problem: `it throws ${nameOf(error)}: ${first}`, ...atPlace(error) })
}

const notFound = Effect.fnUntraced(function*(problem: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const exists = (file: string) => Effect.orElseSucceed(fileSystem.exists(file), () => false)
  const missing = /Cannot find (?:module|package) '([^']+)'/.exec(problem)?.[1] ?? ""
  if (!/[/\\]/.test(missing) || missing.startsWith("@")) return { problem, hint: `npm install ${missing}` }
  const extensions = /\.\w+$/.test(missing) ? missing.endsWith(".js") ? ["ts"] : [] : ["ts", "mts", "js"]
  for (const extension of extensions) {
    const file = `${missing.replace(/\.js$/, "")}.${extension}`
    if (yield* exists(file)) return { problem, hint: `Imports name their file with its extension: there is ${file}` }
  }
  return { problem, hint: "There is no such file." }
})

/** The line of the user that threw, where the stack has one. */
const atPlace = (error: unknown): { readonly hint?: string } => {
  const places = (read(error, "stack") ?? "").split("\n").filter((line) => line.includes("file://"))
  const place = (places.find((line) => !line.includes("/node_modules/")) ?? places[0])?.trim()
  return place === undefined ? {} : { hint: place }
}

const lines = (text: string) => text.split("\n").map((line) => line.trim()).filter((line) => line !== "")

/** A thrown value may have no text. */
const textOf = (error: unknown): string => {
  try {
    return String(error)
  } catch {
    return "a value without a text"
  }
}

const nameOf = (error: unknown): string => read(error, "_tag") ?? read(error, "name") ?? typeof error

/** A thrown value may have getters that throw. */
const read = (error: unknown, key: string): string | undefined => {
  try {
    return Predicate.hasProperty(error, key) && typeof error[key] === "string" ? error[key] : undefined
  } catch {
    return undefined
  }
}
