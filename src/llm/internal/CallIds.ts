/**
 * Ids for the calls of one answer. Some servers send none, or count from the start in each answer; an id stands for one call
 * of a conversation, as vendors demand.
 */
import type * as Prompt from "effect/ai/Prompt"
import * as Hash from "effect/Hash"

/** The ids that are taken, and one that is free. */
export interface CallIds {
  /** `id` itself, or with a number behind it where another call has it. */
  readonly unique: (id: string) => string
}

/** Ids that no call of `prompt` has. */
export const make = (prompt: Prompt.Prompt): CallIds => {
  let first: string | undefined
  let taken: Set<string> | undefined
  return {
    unique: (id) => {
      // One call, the usual answer, is looked for without a set.
      if (first === undefined && taken === undefined && id !== "" && !holds(prompt, id)) return first = id
      taken ??= idsOf(prompt)
      if (first !== undefined) taken.add(first)
      let unique = id || "call"
      for (let n = 2; taken.has(unique); n++) unique = `${id || "call"}_${n}`
      taken.add(unique)
      return unique
    }
  }
}

/** The ids of the calls in a conversation. */
const idsOf = ({ content }: Prompt.Prompt): Set<string> => {
  const ids = new Set<string>()
  for (const message of content) {
    if (message.role !== "assistant") continue
    for (const part of message.content) if (part.type === "tool-call") ids.add(part.id)
  }
  return ids
}

const holds = ({ content }: Prompt.Prompt, id: string): boolean => {
  for (const message of content) {
    if (message.role !== "assistant") continue
    for (const part of message.content) if (part.type === "tool-call" && part.id === id) return true
  }
  return false
}

/** Which ids a vendor takes, and how long they may be. */
export interface Rule {
  readonly pattern: RegExp
  readonly length: number
}

/**
 * The ids that are sent for those of `prompt`. Each that the vendor would refuse, as one of another vendor, becomes another
 * one, the same in every request.
 */
export const sent = (prompt: Prompt.Prompt, rule: Rule): (id: string) => string => {
  const renamed = new Map<string, string>()
  let taken: Set<string> | undefined
  return (id) => {
    if (rule.pattern.test(id)) return id
    const known = renamed.get(id)
    if (known !== undefined) return known
    taken ??= idsOf(prompt)
    const clean = id.replaceAll(/[^\w-]/g, "_")
    let made = rule.pattern.test(clean) ? clean : hashOf(id, rule)
    for (let n = 2; taken.has(made); n++) made = hashOf(`${id} ${n}`, rule)
    taken.add(made)
    renamed.set(id, made)
    return made
  }
}

/** Letters and digits only, which every vendor takes. */
const hashOf = (id: string, { length }: Rule): string =>
  ((Hash.string(id) >>> 0).toString(36) + (Hash.string(`${id}.`) >>> 0).toString(36)).padStart(9, "0").slice(0, length)
    .padEnd(Math.min(length, 9), "0")
