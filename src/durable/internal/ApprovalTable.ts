/**
 * The rows of questions to persons, and of their decisions.
 *
 * 1. A question is decided once, and only while its run is open.
 * 2. A decision counts for what was asked: another input asks everything anew, and a step that runs again asks its own anew.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as Statement from "effect/sql/Statement"
import { Decision } from "../../agent/Approval.ts"
import * as Transaction from "./Transaction.ts"

/** A decision as text. */
export const DecisionText = Schema.fromJsonString(Decision)

/** Nothing where the text is not of a decision. */
const read = Schema.decodeUnknownOption(DecisionText)

/** `open` says of a row of `durable_runs` whether the run has not ended. */
export const make = (sql: SqlClient.SqlClient, open: Statement.Fragment) => ({
  ask: (id: string, step: string, question: string, text: string, now: number) =>
    sql`INSERT INTO durable_approvals ${sql.insert({ run: id, step, question, text, asked_at: now })}
      ON CONFLICT (run, step, question) DO NOTHING`,

  decision: (id: string, step: string, question: string) =>
    Effect.map(
      sql<{ readonly decision: string | null }>`SELECT decision FROM durable_approvals
        WHERE run = ${id} AND step = ${step} AND question = ${question}`,
      ([row]) => row?.decision ?? undefined
    ),

  /** What a run that is open asks. */
  undecided: (id: string) =>
    sql<{ readonly step: string; readonly text: string; readonly asked_at: number | string }>`
      SELECT step, text, asked_at FROM durable_approvals WHERE run = ${id} AND decision IS NULL
      AND EXISTS (SELECT id FROM durable_runs WHERE id = ${id} AND ${open}) ORDER BY asked_at`,

  /** The latest decision of `step`. */
  latest: (id: string, step: string) =>
    Effect.map(
      sql<{ readonly decision: string }>`SELECT decision FROM durable_approvals
        WHERE run = ${id} AND step = ${step} AND decision IS NOT NULL ORDER BY asked_at DESC LIMIT 1`,
      ([row]) => row === undefined ? Option.none() : read(row.decision)
    ),

  /** Decides the open questions of `step`, and wakes the run: one that is running now, when it is parked next. */
  decide: (id: string, step: string, decision: string, now: number) =>
    Transaction.run(
      sql,
      Effect.gen(function*() {
        const decided = yield* sql`UPDATE durable_approvals SET decision = ${decision}
          WHERE run = ${id} AND step = ${step} AND decision IS NULL
          AND EXISTS (SELECT id FROM durable_runs WHERE id = ${id} AND ${open}) RETURNING step`
        if (decided.length === 0) return false
        yield* sql`UPDATE durable_runs SET wake_at = ${now} WHERE id = ${id} AND ${open} AND blocked IS NULL`
        return true
      })
    ),

  /**
   * Forgets, before another attempt, what it asks anew: what was not approved, and what was asked by the steps at `paths` or below
   * them; with `all`, everything. Answers with the steps that asked what is forgotten.
   */
  forget: (id: string, paths: ReadonlyArray<string> | "all") =>
    Effect.gen(function*() {
      if (paths === "all") {
        const all = yield* sql<
          { readonly step: string }
        >`DELETE FROM durable_approvals WHERE run = ${id} RETURNING step`
        return all.map(({ step }) => step)
      }
      const forgotten: Array<string> = []
      const rows = yield* sql<{ readonly step: string; readonly question: string; readonly decision: string | null }>`
        SELECT step, question, decision FROM durable_approvals WHERE run = ${id}`
      for (const { decision, question, step } of rows) {
        const isApproved = Option.exists(read(decision), ({ approved }) => approved)
        if (isApproved && !paths.some((path) => step === path || step.startsWith(`${path}/`))) continue
        yield* sql`DELETE FROM durable_approvals WHERE run = ${id} AND step = ${step} AND question = ${question}`
        forgotten.push(step)
      }
      return forgotten
    })
})
