/**
 * A graph of LangGraph.js: two readings at once, a letter about them, and a review that sends it back until it has no
 * objection. `after.ts` is the same as a pipeline.
 */
import { Annotation, END, START, StateGraph } from "@langchain/langgraph"

const readMeter = async (site: string) => site === "Hall" ? 11_000 : 0
const findFactor = async (_site: string) => 380
const write = async (site: string, kilograms: number, objections: ReadonlyArray<string>) =>
  objections.length === 0 ? `${site} emitted a lot.` : `${site} emitted ${kilograms} kg CO2.`
const review = async (letter: string) => /\d/.test(letter) ? [] : ["Give the number."]

const State = Annotation.Root({
  site: Annotation<string>,
  kwh: Annotation<number>,
  grams: Annotation<number>,
  letter: Annotation<string>,
  objections: Annotation<Array<string>>,
  drafts: Annotation<number>({ reducer: (before, more) => before + more, default: () => 0 })
})

const graph = new StateGraph(State)
  .addNode("meter", async ({ site }) => ({ kwh: await readMeter(site) }))
  .addNode("factor", async ({ site }) => ({ grams: await findFactor(site) }))
  .addNode("write", async ({ grams, kwh, objections, site }) => ({
    letter: await write(site, kwh * grams / 1_000, objections ?? []),
    drafts: 1
  }))
  .addNode("review", async ({ letter }) => ({ objections: await review(letter) }))
  .addEdge(START, "meter")
  .addEdge(START, "factor")
  .addEdge(["meter", "factor"], "write")
  .addEdge("write", "review")
  .addConditionalEdges("review", ({ drafts, objections }) => objections.length > 0 && drafts < 3 ? "write" : END, [
    "write",
    END
  ])
  .compile()

export const main = async (site: string) => {
  const { drafts, letter } = await graph.invoke({ site })
  return { letter, drafts }
}

if (import.meta.main) {
  const { drafts, letter } = await main("Hall")
  console.log(`${letter} (${drafts} drafts)`)
}
