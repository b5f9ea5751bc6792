export { openCodeStore } from './code-store.ts';
export type { CodeStore } from './code-store.ts';
export { createEnvironment } from './environment.ts';
export { createFunctionLog } from './function-log.ts';
export { FunctionPool } from './function-pool.ts';
export type { FunctionDefinition, PoolOptions } from './function-pool.ts';
export { createSlots, TooManyRequests } from './slots.ts';
export type { Slots } from './slots.ts';
