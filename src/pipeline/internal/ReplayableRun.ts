/**
 * Keeps what a step records, so that it is recorded again where its answer is used again.
 */
import type * as Schema from "effect/Schema"
import { takePlaces } from "../../agent/internal/CitingRun.ts"
import { RunPart } from "../../agent/internal/RunPart.ts"
import type * as Run from "../../agent/Run.ts"

/** The part of a run that keeps all that is recorded in it. */
export class ReplayableRun extends RunPart {
  readonly annotated: Record<string, Schema.Json> = {}

  static inside(run: Run.Run): ReplayableRun {
    return new ReplayableRun(run, takePlaces(run, 1))
  }

  override annotate(key: string, value: Schema.Json): void {
    this.annotated[key] = value
    super.annotate(key, value)
  }
}
