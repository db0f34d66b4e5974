/**
 * The service of durable runs. `Durable.ts` is its public face.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { InvalidInput } from "../../agent/AgentError.ts"
import type { AgentResult } from "../../agent/AgentResult.ts"
import type { Decision } from "../../agent/Approval.ts"
import type { DatabaseError } from "../../database/DatabaseError.ts"
import type * as Pipeline from "../../pipeline/Pipeline.ts"
import type { PipelineEvent } from "../../pipeline/PipelineEvent.ts"
import type {
  KeyConflict,
  NotEnded,
  NotRetriable,
  NotWaiting,
  QueueFull,
  ResultExpired,
  RunNotFound,
  StepNotFound,
  WrongPipeline
} from "../DurableError.ts"
import type { Query, Record, Status } from "../DurableRun.ts"

/**
 * The same `key`, of at most 500 letters and without secrets, is the same run. Default: a key of its own. `attributes` are facts about the
 * run, such as `region`, which its status and its entry in the history have.
 *
 * @category models
 */
export interface SubmitOptions {
  readonly key?: string | undefined
  readonly attributes?: { readonly [name: string]: string } | undefined
}

/**
 * The operations on durable runs, with the types of pipelines erased: `Durable.submit` and the others state them.
 *
 * @category models
 */
export interface Service {
  readonly submit: (
    pipeline: Pipeline.Any,
    input: unknown,
    options?: SubmitOptions & { readonly id?: string | undefined }
  ) => Effect.Effect<string, InvalidInput | KeyConflict | QueueFull | DatabaseError>
  readonly status: (id: string) => Effect.Effect<Status, RunNotFound | DatabaseError>
  readonly result: (id: string, pipeline: Pipeline.Any) => Effect.Effect<AgentResult<unknown>, unknown>
  readonly events: (
    id: string,
    options?: { readonly follow?: boolean | undefined }
  ) => Stream.Stream<PipelineEvent, RunNotFound | DatabaseError>
  readonly record: (id: string) => Effect.Effect<Record, NotEnded | ResultExpired | RunNotFound | DatabaseError>
  readonly approve: (
    id: string,
    step: string,
    decision: Decision
  ) => Effect.Effect<void, RunNotFound | NotWaiting | InvalidInput | DatabaseError>
  readonly cancel: (id: string) => Effect.Effect<void, RunNotFound | DatabaseError>
  readonly retry: (
    id: string,
    options?: {
      readonly from?: string | undefined
      readonly input?: { readonly pipeline: Pipeline.Any; readonly value: unknown } | undefined
    }
  ) => Effect.Effect<void, RunNotFound | StepNotFound | NotRetriable | WrongPipeline | InvalidInput | DatabaseError>
  readonly runs: (query?: Query) => Effect.Effect<ReadonlyArray<Status>, InvalidInput | DatabaseError>
}

/**
 * Durable runs, as one of the layers here provides them.
 *
 * @category services
 */
export class Durable extends Context.Service<Durable, Service>()("greenlang/durable/internal/Service/Durable") {}
