/**
 * The tag and the message of any failure, as data.
 */
export interface TaggedMessage {
  readonly _tag: string
  readonly message: string
}

/** Of anything that was thrown or failed with, also of an object that throws when it is read. */
export const of = (error: unknown): TaggedMessage => {
  try {
    return read(error)
  } catch {
    return { _tag: typeof error, message: "the failure cannot be read" }
  }
}

const read = (error: unknown): TaggedMessage => {
  if (typeof error !== "object" || error === null) return { _tag: typeof error, message: String(error) }
  const tag = "_tag" in error && typeof error._tag === "string" ? error._tag : nameOf(error)
  return { _tag: tag, message: "message" in error ? String(error.message) : "" }
}

/** An object may have no class. */
const nameOf = ({ constructor }: { readonly constructor?: unknown }): string =>
  typeof constructor === "function" ? constructor.name : "Object"
