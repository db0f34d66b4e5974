/**
 * The events of a run as others may see them: without its secrets.
 *
 * 1. A secret that a model writes in several pieces is hidden, too: what may be its beginning is held until the pieces after it
 *    show what it is. Of prose that is the last word, so the stream goes on.
 * 2. What is held is emitted before the next event of its step that is not a piece of the same text.
 * 3. `seq` counts what is emitted, so that it has no gap.
 */
import type * as Schema from "effect/Schema"
import * as Redaction from "../../internal/Redaction.ts"
import type { PipelineEvent } from "../../pipeline/PipelineEvent.ts"
import * as OpenEnd from "./OpenEnd.ts"

/** What hides the secrets that are known by now. */
export interface Hiding {
  readonly redact: Redaction.Redact
  readonly hide: (text: string) => string
  readonly openAt: (text: string) => number
}

/** Hides `secrets`, what is named like one, and what looks like one. */
export const hiding = (secrets: Redaction.Secrets = []): Hiding => {
  let openAt: Hiding["openAt"] | undefined
  return {
    redact: Redaction.make(secrets, { byName: true }),
    hide: Redaction.hide(secrets),
    openAt: (text) => (openAt ??= OpenEnd.openAt(secrets))(text)
  }
}

type Delta = Extract<PipelineEvent, { readonly _tag: "TextDelta" | "ReasoningDelta" }>

/** The events of one run, one after the other. */
export class ShownEvents {
  private readonly hiding: () => Hiding
  /** The texts of which something is held, by their place. `last` is the piece that came last. */
  private readonly open = new Map<string, { readonly text: HeldText; last: Delta }>()
  private count = 0

  constructor(hiding: () => Hiding) {
    this.hiding = hiding
  }

  /** What is shown of an event: it may be nothing yet, or also what was held before. */
  of(event: PipelineEvent): ReadonlyArray<PipelineEvent> {
    if (event._tag === "TextDelta" || event._tag === "ReasoningDelta") return this.piece(event)
    return [...this.released(event), this.numbered(holdsText(event) ? this.hidden(event) : event)]
  }

  private piece(event: Delta): ReadonlyArray<PipelineEvent> {
    const key = JSON.stringify([event.path, event.call])
    const before = this.open.get(key)
    const earlier = before !== undefined && before.last._tag !== event._tag ? this.end(key) : []
    const held = this.open.get(key) ?? { text: new HeldText(), last: event }
    held.last = event
    this.open.set(key, held)
    const text = held.text.add(event.text, this.hiding())
    return text === "" ? earlier : [...earlier, this.numbered(this.hidden({ ...event, text }))]
  }

  /** What was held of the step of `event`, and of the steps inside of it. */
  private released({ at, path }: PipelineEvent): ReadonlyArray<PipelineEvent> {
    if (this.open.size === 0) return []
    return [...this.open].flatMap(([key, { last }]) =>
      path.every((name, depth) => last.path[depth] === name) ? this.end(key, at) : []
    )
  }

  private end(key: string, at?: number): ReadonlyArray<PipelineEvent> {
    const held = this.open.get(key)
    this.open.delete(key)
    const text = held?.text.end(this.hiding()) ?? ""
    if (held === undefined || text === "") return []
    return [this.numbered(this.hidden({ ...held.last, text, at: at ?? held.last.at }))]
  }

  private hidden(event: PipelineEvent): PipelineEvent {
    return this.hiding().redact(event as unknown as Schema.Json) as unknown as PipelineEvent
  }

  private numbered(event: PipelineEvent): PipelineEvent {
    const seq = this.count++
    return event.seq === seq ? event : { ...event, seq }
  }
}

/** Letters that are held at most. A longer word cannot be a secret, except for a key of many lines. */
const mostHeld = 4_096
const mostOfKey = 20_000

/** A text that comes in pieces, and what is held of it. */
class HeldText {
  private held = ""

  /** What may be shown after this piece. */
  add(piece: string, { hide, openAt }: Hiding): string {
    const text = this.held + piece
    // what goes on with the word that is held is held with it
    const open = this.held !== "" && OpenEnd.isOneWord(piece) ? 0 : openAt(text)
    const at = text.length - open <= mostHeld ? open : this.cut(text, open, hide)
    this.held = text.slice(at)
    return hide(text.slice(0, at))
  }

  end({ hide }: Hiding): string {
    const text = this.held
    this.held = ""
    return hide(text)
  }

  /** Where a long word can be cut so that no secret is. */
  private cut(text: string, open: number, hide: Hiding["hide"]): number {
    const at = text.length - mostHeld / 2
    if (hide(text.slice(0, at)) + hide(text.slice(at)) === hide(text)) return at
    return text.length - open <= mostOfKey ? open : text.length
  }
}

/** Whether the event holds texts that programs, models or people wrote. */
const holdsText = (event: PipelineEvent): boolean => {
  switch (event._tag) {
    case "StepStarted":
    case "StepWaiting":
    case "StepAdmitted":
    case "StepInterrupted":
    case "StepSkipped":
    case "StepCached":
    case "RunEnded":
      return false
    case "StepFinished":
      return event.recoveredFrom !== undefined
    default:
      return true
  }
}
