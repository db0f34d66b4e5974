/**
 * The batch APIs of a `FakeProvider`: what it keeps of files and batches, and how it answers requests about them.
 *
 * https://platform.openai.com/docs/api-reference/batch and https://docs.anthropic.com/en/api/creating-message-batches
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { ChatCompletions } from "./ChatCompletions.ts"
import type { Asked } from "./Dialect.ts"
import type { Exchange } from "./Exchange.ts"
import type * as FakeBatch from "./FakeBatch.ts"
import type { Fault } from "./Fault.ts"
import { Messages } from "./Messages.ts"
import * as Reply from "./Reply.ts"

/** What is sent back: JSON, lines of it, or a fault. @category models */
export type Sent = { readonly json: Schema.Json } | { readonly lines: ReadonlyArray<Schema.Json> } | {
  readonly fault: Fault
}

/** A request that begins a batch. `begin` answers it, when it is known what is to become of it. @category models */
export interface Beginning {
  readonly begin: (batch: FakeBatch.FakeBatch) => Sent
}

interface Request {
  readonly custom_id: string
  readonly body: Schema.Json
}

interface Job {
  readonly id: string
  readonly requests: ReadonlyArray<Request>
  readonly number: number
  readonly metadata: Schema.Json
  answers: ReadonlyArray<FakeBatch.Answer>
  polls: ReadonlyArray<"running" | Fault>
  fetches: ReadonlyArray<Fault>
  ends: FakeBatch.FakeBatch["ends"]
  ended: boolean
}

/** @category models */
export class FakeBatches {
  private readonly files = new Map<string, ReadonlyArray<Request>>()
  private readonly jobs = new Map<string, Job>()

  /** What answers this request, if it is about files or batches. */
  handle(exchange: Exchange, asked: Asked): Sent | Beginning | undefined {
    const { body, method } = exchange
    const [path = ""] = exchange.path.split("?")
    const [, theirs, id = "", action = ""] =
      /\/(messages\/batches|batches|files)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path)
        ?? []
    switch (`${method} ${theirs}${id === "" ? "" : "/id"}${action === "" ? "" : `/${action}`}`) {
      case "POST files":
        return { json: this.upload(String(body), asked) }
      case "POST batches":
        return this.begin(
          `batch_${asked.number}`,
          this.files.get(textOf(body, "input_file_id")),
          asked,
          openAi,
          hasMetadata(body) ? body.metadata : null
        )
      case "POST messages/batches":
        return this.begin(`msgbatch_${asked.number}`, requestsOf(body), asked, anthropic)
      case "GET batches":
        return { json: this.list(new URLSearchParams(exchange.path.split("?")[1])) }
      case "GET batches/id":
        return this.ask(id, openAi)
      case "GET messages/batches/id":
        return this.ask(id, anthropic)
      case "POST batches/id/cancel":
        return this.cancel(id, openAi)
      case "POST messages/batches/id/cancel":
        return this.cancel(id, anthropic)
      case "GET files/id/content":
        return this.fetch(id.replace(/-(?:output|error)$/, ""), (job) => openAiFile(job, id.endsWith("-error"), asked))
      case "GET messages/batches/id/results":
        return this.fetch(id, (job) => anthropicResults(job, asked))
      default:
        return undefined
    }
  }

  private upload(form: string, { created, number }: Asked): Schema.JsonObject {
    const id = `file-${number}`
    const lines = form.split(/\r?\n/).filter((line) => line.startsWith("{")).map((line): Request => JSON.parse(line))
    this.files.set(id, lines)
    return { id, object: "file", bytes: form.length, created_at: created, filename: "requests.jsonl", purpose: "batch" }
  }

  private begin(
    id: string,
    requests: ReadonlyArray<Request> | undefined,
    { number }: Asked,
    show: (job: Job) => Schema.JsonObject,
    metadata: Schema.Json = null
  ): Sent | Beginning {
    if (requests === undefined) return unknown
    return {
      begin: ({ answers, ends, fetches, polls }) => {
        const job: Job = { id, requests, number, metadata, answers, polls, fetches, ends, ended: false }
        this.jobs.set(id, job)
        return { json: show(job) }
      }
    }
  }

  /** OpenAI's, the newest first. */
  private list(query: URLSearchParams): Schema.JsonObject {
    const all = [...this.jobs.values()].toReversed()
    const from = all.findIndex(({ id }) => id === query.get("after")) + 1
    const page = all.slice(from, from + Number(query.get("limit") ?? 20))
    return { object: "list", data: page.map(openAi), has_more: from + page.length < all.length }
  }

  private ask(id: string, show: (job: Job) => Schema.JsonObject): Sent {
    const job = this.jobs.get(id)
    if (job === undefined) return unknown
    const [next, ...later] = job.polls
    job.polls = later
    job.ended = next === undefined
    return Predicate.isObject(next) ? { fault: next } : { json: show(job) }
  }

  private cancel(id: string, show: (job: Job) => Schema.JsonObject): Sent {
    const job = this.jobs.get(id)
    if (job === undefined) return unknown
    job.answers = []
    job.polls = []
    job.ends = "cancelled"
    return { json: show(job) }
  }

  private fetch(id: string, lines: (job: Job) => ReadonlyArray<Schema.Json>): Sent {
    const job = this.jobs.get(id)
    if (job === undefined || !job.ended) return unknown
    const [fault, ...later] = job.fetches
    job.fetches = later
    return fault === undefined ? { lines: lines(job) } : { fault }
  }
}

const unknown: Sent = { fault: { _tag: "Status", status: 404, headers: {} } }

const textOf = (body: Schema.Json, key: string): string =>
  Predicate.hasProperty(body, key) && typeof body[key] === "string" ? body[key] : ""

const hasMetadata = Schema.is(Schema.Struct({ metadata: Schema.Record(Schema.String, Schema.String) }))

const requestsOf = (body: Schema.Json): ReadonlyArray<Request> | undefined =>
  Predicate.hasProperty(body, "requests") && Array.isArray(body.requests)
    ? body.requests.map(({ custom_id, params }) => ({ custom_id, body: params }))
    : undefined

/** Each request, with what it gets. */
const answersOf = ({ answers, number, requests }: Job, { created }: Asked) =>
  requests.map(({ body, custom_id }, at) => ({
    custom_id,
    answer: answers[at] ?? { _tag: "Unanswered" as const },
    asked: { model: textOf(body, "model"), number: number * 1_000 + at, created, body }
  }))

const isReply = (answer: FakeBatch.Answer): answer is string | Reply.Reply =>
  typeof answer === "string" || !("_tag" in answer)

const replied = (answer: string | Reply.Reply, { number }: Asked): Reply.Complete => {
  let calls = 0
  return Reply.complete(answer, () => `call_${number}_${++calls}`)
}

const openAi = ({ ended, ends, id, metadata, requests }: Job): Schema.JsonObject => {
  const status = !ended ? ends === "cancelled" ? "cancelling" : "in_progress" : ends === "rejected" ? "failed" : ends
  const hasFiles = ended && ends !== "rejected"
  return {
    id,
    object: "batch",
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
    status,
    errors: status === "failed"
      ? { object: "list", data: [{ code: "invalid_json_line", message: "This line is not parseable", line: 1 }] }
      : null,
    output_file_id: hasFiles ? `${id}-output` : null,
    error_file_id: hasFiles ? `${id}-error` : null,
    metadata,
    request_counts: { total: requests.length, completed: ended ? requests.length : 0, failed: 0 }
  }
}

const openAiFile = (job: Job, failures: boolean, asked: Asked): ReadonlyArray<Schema.Json> =>
  answersOf(job, asked).toReversed().flatMap(({ answer, asked, custom_id }): ReadonlyArray<Schema.Json> => {
    const line = (status_code: number, body: Schema.Json) => [
      { id: `batch_req_${asked.number}`, custom_id, response: { status_code, request_id: "r", body }, error: null }
    ]
    if (isReply(answer)) return failures ? [] : line(200, ChatCompletions.answer(replied(answer, asked), asked))
    if (!failures) return []
    if (answer._tag === "Failed") {
      return line(answer.status, ChatCompletions.failure(answer.status, `failure ${answer.status}`, asked))
    }
    const code = `batch_${job.ends}`
    return [{
      id: `batch_req_${asked.number}`,
      custom_id,
      response: null,
      error: { code, message: "It was not executed" }
    }]
  })

const anthropic = ({ ended, ends, id }: Job): Schema.JsonObject => ({
  id,
  type: "message_batch",
  processing_status: ended ? "ended" : ends === "cancelled" ? "canceling" : "in_progress",
  results_url: ended ? `https://api.anthropic.com/v1/messages/batches/${id}/results` : null
})

const anthropicResults = (job: Job, asked: Asked): ReadonlyArray<Schema.Json> =>
  answersOf(job, asked).toReversed().map(({ answer, asked, custom_id }): Schema.Json => {
    if (isReply(answer)) {
      return { custom_id, result: { type: "succeeded", message: Messages.answer(replied(answer, asked), asked) } }
    }
    if (answer._tag === "Failed") {
      const error = Messages.failure(answer.status, `failure ${answer.status}`, asked)
      return { custom_id, result: { type: "errored", error } }
    }
    return { custom_id, result: { type: job.ends === "cancelled" ? "canceled" : "expired" } }
  })
