/**
 * What a choice of a chat completion says: as a piece, as a message, or, as completions do, as a text.
 */
import * as FinishReason from "../internal/FinishReason.ts"
import * as LooseJson from "../internal/LooseJson.ts"

/** A piece (`delta`), or a message, which some servers send in a stream, too: of all so far, or of what is new. */
export interface Said {
  readonly json: unknown
  readonly isMessage: boolean
}

/** What a choice says, in the order in which it is read: a message beside a piece says the piece again. */
export const saidIn = ({ delta, message, text }: LooseJson.Fields): ReadonlyArray<Said> => {
  const asMessage = LooseJson.isNothing(message) ? [] : [{ json: message, isMessage: true }]
  if (!LooseJson.isNothing(delta)) return [{ json: delta, isMessage: false }, ...asMessage]
  if (asMessage.length > 0) return asMessage
  if (!LooseJson.isAbsent(message)) return [{ json: message, isMessage: true }]
  if (!LooseJson.isAbsent(delta)) return [{ json: delta, isMessage: false }]
  return typeof text === "string" ? [{ json: { content: text }, isMessage: false }] : []
}

/** The choices of a body, without those that are `null`. `undefined` where another one is not an object. */
export const listIn = (json: LooseJson.Fields | undefined): ReadonlyArray<LooseJson.Fields> | undefined =>
  LooseJson.objects(LooseJson.list(json?.["choices"])?.filter((choice) => !LooseJson.isAbsent(choice)))

/** Whether a choice is the one that was asked for. A server that sends one only may not count it. */
export const isFirst = (choice: LooseJson.Fields): boolean => indexOf(choice) === 0

/** The place of a choice among those of its answer. The first where it does not say. */
export const indexOf = ({ index }: LooseJson.Fields): number => LooseJson.count(index) ?? 0

/** Why it ended, in the vendor's word. */
export const finishOf = ({ finishReason, finish_reason }: LooseJson.Fields): string | undefined =>
  FinishReason.wordIn(finish_reason) ?? FinishReason.wordIn(finishReason)

/** What a message says beyond `before`. Where a piece stands beside it, it only repeats. */
export const restOf = (text: string, before: string, choice: LooseJson.Fields): string =>
  text.startsWith(before) ? text.slice(before.length) : choice["delta"] === undefined ? text : ""
