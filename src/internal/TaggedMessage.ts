/**
 * What any failure has to say for itself, as data.
 */
export interface TaggedMessage {
  readonly _tag: string
  readonly message: string
}

export const of = (error: unknown): TaggedMessage => {
  if (typeof error !== "object" || error === null) return { _tag: typeof error, message: String(error) }
  const tag = "_tag" in error && typeof error._tag === "string" ? error._tag : error.constructor.name
  return { _tag: tag, message: "message" in error ? String(error.message) : "" }
}
