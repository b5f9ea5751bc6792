export { openQueues } from './open-queues.ts';
export { Queue } from './queue.ts';
export type { QueueDefinition, ReceivedMessage } from './queue.ts';
export { SqsError } from './sqs-error.ts';
export { createSqsService, systemAttributes } from './sqs-service.ts';
export type { SqsService } from './sqs-service.ts';
export { md5Hex, md5OfAttributes } from './message-attributes.ts';
