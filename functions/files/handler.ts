import { connectIngestion, connectPresigner, connectQueue, openGuardedEngine } from '../ingestion/connect.ts';
import { cancelIngestion } from '../ingestion/upload/cancel-ingestion.ts';
import { completeUpload } from '../ingestion/upload/complete-upload.ts';
import { deleteFile } from '../ingestion/upload/delete-file.ts';
import type { FilesDeps } from '../ingestion/upload/files-deps.ts';
import { processVectors } from '../ingestion/upload/process-vectors.ts';
import { requestUpload } from '../ingestion/upload/request-upload.ts';
import { type FunctionRequest, handleOperations } from '../shared/handle-operations.ts';

const deps: FilesDeps = {
  ...connectIngestion(),
  planQueue: connectQueue('PLAN_QUEUE_URL'),
  presigner: connectPresigner(),
  openEngine: openGuardedEngine,
};

function bind<Arguments, Answer>(
  operate: (deps: FilesDeps, request: FunctionRequest<Arguments>) => Promise<Answer>,
) {
  return (request: FunctionRequest<Arguments>) => operate(deps, request);
}

export const handler = handleOperations({
  single: {
    requestUpload: bind(requestUpload),
    completeUpload: bind(completeUpload),
    processVectors: bind(processVectors),
    cancelIngestion: bind(cancelIngestion),
    deleteFile: bind(deleteFile),
  },
});
