export * as Durable from "./Durable.ts"
export {
  AnswerTooLarge,
  Cancelled,
  KeyConflict,
  NotEnded,
  NotRetriable,
  NotWaiting,
  QueueFull,
  ResultExpired,
  RunNotFound,
  StepNotFound,
  WorkerExists,
  WrongPipeline
} from "./DurableError.ts"
export * as DurableRun from "./DurableRun.ts"
