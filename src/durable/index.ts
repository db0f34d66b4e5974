export * as Durable from "./Durable.ts"
export {
  AnswerTooLarge,
  Cancelled,
  KeyConflict,
  NotRetriable,
  NotWaiting,
  QueueFull,
  ResultExpired,
  RunNotFound,
  StepNotFound,
  WorkerExists
} from "./DurableError.ts"
export * as DurableRun from "./DurableRun.ts"
