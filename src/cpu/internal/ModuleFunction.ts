/**
 * Calls a function by the address of its module and the name of its export. Runs in worker threads and imports nothing, so
 * that a thread is ready soon.
 */

/** What to call. `structuredClone` can copy `input`. */
export interface Job {
  /** The address of an ES or CommonJS module. */
  readonly module: string
  readonly export: string
  readonly input: unknown
}

/** How a job ended. `Unloadable`: the module cannot be imported, or has no such function. */
export type Reply =
  | { readonly _tag: "Answered"; readonly value: unknown }
  | { readonly _tag: "Threw"; readonly thrown: Thrown }
  | { readonly _tag: "Unloadable"; readonly detail: string; readonly thrown?: Thrown }

/** A thrown error as plain data: a clone of an `Error` would lose its class and its own properties. */
export interface Thrown {
  readonly name: string
  readonly message: string
  readonly code?: string | number
  readonly stack?: string
  /** The other own properties of an error, or a thrown value that is not an error. */
  readonly data: unknown
}

type Call = (input: unknown) => unknown

const loaded = new Map<string, Call>()

/** Imports the module once per thread, and awaits what the function returns. */
export const perform = async (job: Job): Promise<Reply> => {
  const key = `${job.export} ${job.module}`
  let call = loaded.get(key)
  if (call === undefined) {
    const found = await load(job)
    if (typeof found !== "function") return found
    loaded.set(key, call = found)
  }
  try {
    return { _tag: "Answered", value: await call(job.input) }
  } catch (error) {
    return { _tag: "Threw", thrown: describe(error) }
  }
}

const load = async (job: Job): Promise<Call | Reply> => {
  try {
    const exports: Record<string, unknown> = await import(job.module)
    // Node finds some exports of a CommonJS module only by running it.
    const inner = exports["default"]
    const found = exports[job.export] ?? (isObject(inner) ? inner[job.export] : undefined)
    return toCall(found) ?? {
      _tag: "Unloadable",
      detail:
        `it has no function, and no class or object with execute or run, of the name "${job.export}": it exports ${
          Object.keys(exports).join(", ") || "nothing"
        }`
    }
  } catch (error) {
    const thrown = describe(error)
    return { _tag: "Unloadable", detail: thrown.message, thrown }
  }
}

const toCall = (found: unknown): Call | undefined => {
  if (typeof found === "function") {
    if (methodOf(found.prototype) === undefined) return (input) => found(input)
    return toCall(Reflect.construct(found, []))
  }
  const method = methodOf(found)
  return method && ((input) => Reflect.apply(method, found, [input]))
}

const methodOf = (object: unknown): Function | undefined =>
  isObject(object) ? [object["execute"], object["run"]].find((method) => typeof method === "function") : undefined

/** An error as plain data for another thread. */
export const describe = (error: unknown): Thrown => {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error), data: toSendable(error) }
  const { message, name, stack } = error
  const code = "code" in error ? error.code : undefined
  return {
    name,
    message,
    ...(typeof code === "string" || typeof code === "number" ? { code } : undefined),
    ...(stack === undefined ? undefined : { stack }),
    data: {
      // Some classes have it on their prototype.
      ..."_tag" in error ? { _tag: error._tag } : undefined,
      ...Object.fromEntries(Object.entries(error).map(([key, value]) => [key, toSendable(value)]))
    }
  }
}

const toSendable = (value: unknown): unknown => {
  try {
    return structuredClone(value)
  } catch {
    return String(value)
  }
}

const isObject = (u: unknown): u is Readonly<Record<string, unknown>> => typeof u === "object" && u !== null
