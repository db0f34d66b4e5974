/**
 * Refuses a blocking call where blocking is wrong: inside an Effect, inside the worker of another blocking agent, and in a
 * process that serves connections.
 */
import * as Fiber from "effect/Fiber"
import { BlockingMisuse } from "../../SyncAgentError.ts"
import { chain } from "../Protocol.ts"
import { recursive } from "./Supervisor.ts"

/** A blocking call that is about to begin. */
export interface Circumstances {
  readonly agent: string
  /** Address of the module of the agent. */
  readonly module: string
  readonly allowNested: boolean
  readonly onBlockingInLoop: "warn" | "error" | "allow"
}

/** Throws `BlockingMisuse`. */
export const check = ({ agent, allowNested, module, onBlockingInLoop }: Circumstances): void => {
  const above = chain()
  if (above.length > 0) {
    if (above.includes(module)) throw recursive(agent, [...above, module])
    if (!allowNested) {
      throw new BlockingMisuse({
        agent,
        reason: "nested",
        what: "was called inside the worker of another blocking agent, and would stop all runs of that worker",
        instead: "run the agent itself there, with yield* agent.run(input), or set allowNested",
        path: [...above, module]
      })
    }
  } else if (Fiber.getCurrent() !== undefined) {
    throw new BlockingMisuse({
      agent,
      reason: "inside-fiber",
      what: "was called inside an Effect, and would stop every fiber of this thread",
      instead: "run the agent itself there, with yield* agent.run(input)"
    })
  }
  if (onBlockingInLoop === "error") {
    if (isServing()) throw blocksServer(agent)
  } else if (onBlockingInLoop === "warn" && !warned) {
    const now = performance.now()
    if (now - looked < lookEvery) return
    looked = now
    if (!isServing()) return
    warned = true
    const { message } = blocksServer(agent)
    process.emitWarning(message, { type: "BlockingWarning", code: "AGENTS_BLOCKING_IN_SERVER" })
  }
}

const blocksServer = (agent: string) =>
  new BlockingMisuse({
    agent,
    reason: "event-loop",
    what: "blocks a process that is serving connections: all of them wait for its answer",
    instead: "await it there, with PromiseAgent.open, or set onBlockingInLoop to \"allow\""
  })

/** Whether this thread has a server and a connection. A script that only sends requests has no server. */
const isServing = (): boolean => {
  const resources = process.getActiveResourcesInfo()
  return resources.includes("TCPServerWrap") && resources.includes("TCPSocketWrap")
}

let warned = false
let looked = -Infinity
/** Milliseconds between two looks. A look costs a tenth of a call. */
const lookEvery = 100
