/**
 * Decodes the reply of a worker for its caller.
 */
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as SchemaParser from "effect/SchemaParser"
import { InvalidOutput } from "../../../agent/AgentError.ts"
import type { Outcome, RunMetadata } from "../../../agent/AgentResult.ts"
import * as Issue from "../../../agent/Issue.ts"
import * as ErrorTransport from "../ErrorTransport.ts"
import { LibraryError, type RunReply, type SentFailure } from "../Protocol.ts"
import * as Sendable from "../Sendable.ts"
import type { Contract } from "../SyncAgentShape.ts"

/** Makes the outcome of a call that ended without metadata. */
export type Failed = (error: unknown) => Outcome<unknown, unknown>

/** `caller` is the stack of the call. Throws defects, interruptions, and failures that the contract does not list. */
export type Read = (reply: RunReply, agent: string, caller: () => string, failed: Failed) => Outcome<unknown, unknown>

/** Reads by the schemas of `contract`. Without one, values are taken as they were sent. */
export const make = (contract: Contract<any, any, any> | undefined): Read => {
  const decodeOutput = contract && SchemaParser.decodeUnknownResult(contract.output)
  const decodeError = contract?.error && SchemaParser.decodeUnknownExit(contract.error)

  const failureOf = ({ by, encoded, error }: SentFailure, caller: string): unknown => {
    const { stack } = "value" in error ? { stack: undefined } : error
    if (by === "library") return ErrorTransport.withStack(decodeLibraryError(encoded), stack, caller)
    if (contract === undefined) return ErrorTransport.revive(error, caller)
    const decoded = by === "contract" ? decodeError?.(encoded) : undefined
    if (decoded === undefined || Exit.isFailure(decoded)) throw ErrorTransport.revive(error, caller)
    return ErrorTransport.withStack(decoded.value, stack, caller)
  }

  return (reply, agent, caller, failed) => {
    switch (reply.kind) {
      case "succeeded": {
        const { metadata, value } = Sendable.unpack(reply.result) as { value: unknown; metadata: SentMetadata }
        if (contract === undefined || decodeOutput === undefined) {
          return { success: true, value, metadata: receive(metadata) }
        }
        const decoded = decodeOutput(value)
        if (Result.isSuccess(decoded)) {
          return { success: true, value: decoded.success, metadata: receive(metadata) }
        }
        const issues = Issue.describe(contract.output, decoded.failure)
        return { success: false, error: new InvalidOutput({ agent, issues }), metadata: receive(metadata) }
      }
      case "failed":
        return {
          success: false,
          error: failureOf(reply.failure, caller()),
          ...(reply.value === undefined ? {} : { value: Sendable.unpack(reply.value) }),
          metadata: receive(reply.metadata as SentMetadata)
        }
      case "died": {
        for (const reason of reply.reasons) {
          if (reason.tag === "Fail") return failed(failureOf(reason.failure, caller()))
        }
        for (const reason of reply.reasons) {
          if (reason.tag === "Die") throw ErrorTransport.revive(reason.error, caller())
        }
        throw Cause.squash(Cause.interrupt())
      }
    }
  }
}

/** As the host sends it. */
type SentMetadata = Omit<RunMetadata, "startedAt"> & { readonly startedAt: number }

const receive = (metadata: SentMetadata): RunMetadata => ({
  ...metadata,
  startedAt: DateTime.makeUnsafe(metadata.startedAt)
})

const decodeLibraryError = SchemaParser.decodeUnknownSync(LibraryError)
