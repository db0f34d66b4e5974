/**
 * The messages between a blocked caller and its worker. They go through a port. The worker raises the first word of a
 * shared array after each message, which wakes the blocked thread.
 */
import * as Schema from "effect/Schema"
import type { MessagePort } from "node:worker_threads"
import { AcquireFailed, AgentDisposed, RunError } from "../../agent/AgentError.ts"
import { UnsendableOutput } from "../SyncAgentError.ts"
import type { SentError } from "./ErrorTransport.ts"
import type { Packed } from "./Sendable.ts"

/** Index of the word that counts the messages of the worker. */
export const COUNT = 0
/** Index of the word that is 1 once the worker runs its exit handlers. */
export const ENDED = 1

/** What the greeting of a worker says of one of its agents. */
export interface AgentIdentity {
  readonly name: string
  readonly version: string
  /** Whether it refuses an input of more than `SafeJson.mostBoxes` lists and objects. */
  readonly counts: boolean
}

/** The first message to a worker, on its own channel. */
export interface Connect {
  readonly greenlang: "connect"
  readonly port: MessagePort
  readonly words: SharedArrayBuffer
  /** Addresses of the modules whose workers lead here, outermost first. */
  readonly chain: ReadonlyArray<string>
}

/** How to run an agent. Flat, as every frequent message: a nested object costs a microsecond. */
export interface RunSettings {
  readonly export: string
  /** Whether the caller has the schemas and can decode with them. */
  readonly contract: boolean
  readonly onExcessProperty?: "ignore" | "error"
  /** Milliseconds. */
  readonly timeout?: number
}

/** What a worker is asked to do. */
export type Task =
  | ({ readonly kind: "run"; readonly input: Packed } & RunSettings)
  | ({
    readonly kind: "runAll"
    readonly inputs: ReadonlyArray<Packed>
    readonly concurrency: number | "unbounded"
  } & RunSettings)
  | { readonly kind: "acquire" | "describe" | "stats"; readonly export: string }
  | { readonly kind: "close" }

/** A bare 0 checks that the other end of the port exists: the port takes it, or does not. */
export type Request = 0 | ((Task | { readonly kind: "cancel" }) & { readonly id: number })

/** The errors that both sides can encode and decode. */
export const LibraryError = Schema.Union([RunError, AcquireFailed, AgentDisposed, UnsendableOutput])

/** A failure, and the schema that encoded it: `LibraryError`, that of the contract, or none. */
export interface SentFailure {
  readonly by: "library" | "contract" | "none"
  readonly encoded: unknown
  readonly error: SentError
}

/** One reason why a run died, as the worker sends it. */
export type SentReason =
  | { readonly tag: "Fail"; readonly failure: SentFailure }
  | { readonly tag: "Die"; readonly error: SentError }
  | { readonly tag: "Interrupt" }

/** How one run ended. `metadata` is encoded, and `result` is the packed `{ value, metadata }`. */
export type RunReply =
  | { readonly kind: "succeeded"; readonly result: Packed }
  | { readonly kind: "failed"; readonly failure: SentFailure; readonly metadata: unknown; readonly value?: Packed }
  | { readonly kind: "died"; readonly reasons: ReadonlyArray<SentReason> }

/** What the worker answers to one request. */
export type Reply =
  | RunReply
  | { readonly kind: "all"; readonly replies: ReadonlyArray<RunReply> }
  | { readonly kind: "value"; readonly value: unknown }

/** What the worker sends: its greeting, replies, lines that it prints, and how it ends. */
export type WorkerMessage =
  | {
    readonly kind: "ready"
    readonly exports: ReadonlyArray<string>
    readonly agents: Readonly<Record<string, AgentIdentity>>
  }
  | {
    readonly kind: "refused"
    readonly error: SentError
    readonly missing?: { readonly export: string; readonly available: ReadonlyArray<string> }
    readonly recursive?: ReadonlyArray<string>
  }
  | (Reply & { readonly id: number })
  | { readonly kind: "log"; readonly stream: "stdout" | "stderr"; readonly chunk: string | Uint8Array }
  | { readonly kind: "uncaught"; readonly error: SentError }
  | { readonly kind: "exit"; readonly exitCode: number }

/** The chain of this worker, empty in other threads. All copies of this module in a thread share it. */
export const chain = (): ReadonlyArray<string> => holder[chainKey] ?? []

/** States the chain of this worker, once, when its thread starts. */
export const setChain = (modules: ReadonlyArray<string>): void => {
  holder[chainKey] = modules
}

const chainKey = Symbol.for("greenlang/boundary/SyncAgent/chain")
const holder = globalThis as { [chainKey]?: ReadonlyArray<string> }
