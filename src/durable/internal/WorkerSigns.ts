/**
 * Signs of life of workers, and what runs lack where none came for long.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Wait } from "../DurableRun.ts"
import { type Row, tag } from "./RunTable.ts"
import * as Shape from "./Shape.ts"
import type { Sign, Steps } from "./WorkerTable.ts"

/**
 * A worker that has not said for so long that it lives is dead. Milliseconds: less than a lock on shards lasts, so that what a dead
 * worker took and had not begun is not behind what it had.
 */
export const life = 8_000

/** How old the last sign of a worker may be before a run says that it waits for a worker. Milliseconds: two signs are missing then. */
const silence = 5_000

const readPipelines = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Array(Schema.String)))

/** How long after its time a parked run may still be parked before it says that it waits for a worker. Milliseconds. */
const delay = 1_000

/** What is known of workers at a time: their signs, and those that have the pipeline of a run with other steps. */
export interface Known {
  readonly signs: ReadonlyArray<Sign>
  readonly others: ReadonlyArray<Steps>
  readonly now: number
}

/**
 * What a run that has not ended, and waits for `stated`, lacks of workers: one that has its version, where none has, where the one that
 * runs it has gone silent, or where nothing goes on with it though its time has come; one that has its steps, where all that have its
 * version have others; else a turn, where nothing runs it.
 */
export const waitOf = (
  row: Row,
  { now, others, signs }: Known,
  stated: ReadonlyArray<Wait>
): ReadonlyArray<Wait> => {
  const name = tag({ name: row.pipeline, version: row.version })
  const serving = signs.filter(({ id, pipelines }) =>
    (row.state !== "running" || id === row.worker) &&
    Option.exists(readPipelines(pipelines), (names) => names.includes(name))
  )
  const heard = serving.filter(({ alive_until }) => Number(alive_until) > now + life - silence)
  const another = others.find(({ worker }) => heard.some(({ id }) => id === worker))
  if (another !== undefined && heard.every(({ id }) => others.some(({ worker }) => worker === id))) {
    return [{ for: "version", difference: Shape.difference(row.shape, another.shape) }]
  }
  const wakeAt = row.state !== "waiting" || row.blocked !== null || row.wake_at === null
    ? Infinity
    : Number(row.wake_at)
  if (heard.length > 0 && wakeAt > now - delay) {
    const isNext = row.state === "queued" || wakeAt <= now || (row.state === "waiting" && stated.length === 0)
    return isNext ? [{ for: "turn" }] : []
  }
  const last = serving[0] && Math.min(now, Number(serving[0].alive_until) - life)
  return [{
    for: "worker",
    pipeline: row.pipeline,
    version: row.version,
    ...(last === undefined ? {} : { lastSeen: DateTime.makeUnsafe(last) })
  }]
}
