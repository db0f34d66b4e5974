/**
 * Packs the input of a blocking call, or says why it is not sent.
 */
import { InvalidInput } from "../../../agent/AgentError.ts"
import * as ForeignValue from "../../../agent/internal/ForeignValue.ts"
import * as SafeJson from "../../../internal/SafeJson.ts"
import { BlockingTimeout, BlockingWorkerDied } from "../../SyncAgentError.ts"
import * as PlainJson from "../PlainJson.ts"
import * as Sendable from "../Sendable.ts"

/**
 * `late` where the time `until`, by `performance.now()`, passed meanwhile: the limit of a call counts from here on. Of a value that
 * the agent would refuse for its many lists and objects, nothing is sent: `isCounted` says whether it would.
 */
export const pack = (
  input: unknown,
  agent: string,
  until: number,
  isCounted: () => boolean
): Sendable.Packed | CallError | "late" => {
  try {
    return packWithin(input, agent, until, SafeJson.mostBoxes)
  } catch (error) {
    if (!(error instanceof PlainJson.Crowded)) throw error
    const counted = attempt(agent, isCounted)
    if (typeof counted === "object") return counted
    return counted
      ? new InvalidInput({ agent, issues: [{ path: "", message: ForeignValue.tooMany }] })
      : packWithin(input, agent, until)
  }
}

const packWithin = (
  input: unknown,
  agent: string,
  until: number,
  most?: number
): Sendable.Packed | InvalidInput | "late" => {
  try {
    return Sendable.pack(input, until, most)
  } catch (error) {
    if (error instanceof PlainJson.PackedLate) return "late"
    if (!(error instanceof Sendable.Unsendable)) throw error
    return unsendable(agent, error)
  }
}

const unsendable = (agent: string, { path, what }: Sendable.Unsendable): InvalidInput =>
  new InvalidInput({
    agent,
    issues: [{ path, message: `is ${what}, which cannot be sent to another thread`, expected: "plain data" }]
  })

/** How a call ends without an answer of the worker. */
export type CallError = BlockingTimeout | BlockingWorkerDied | InvalidInput

/** What `request` of `agent` answers, or how the call ends where it throws that. Throws what is a bug. */
export const attempt = <A>(agent: string, request: () => A): A | CallError => {
  try {
    return request()
  } catch (error) {
    if (error instanceof BlockingTimeout || error instanceof BlockingWorkerDied) return error
    if (error instanceof Sendable.Unsendable) return unsendable(agent, error)
    throw error
  }
}
