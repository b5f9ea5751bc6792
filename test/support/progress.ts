import { gql } from '@apollo/client/core';
import type { ApolloClient } from '@apollo/client/core';
import type { IngestionProgress } from '../../schema/generated/types.ts';

const progressDocument = gql`
  subscription ($databaseId: ID!, $fileId: ID) {
    onIngestionProgress(databaseId: $databaseId, fileId: $fileId) {
      databaseId
      fileId
      status
      percent
      chunksDone
      chunksTotal
      bytesDone
      bytesTotal
      message
      version
      updatedAt
    }
  }
`;

export interface ProgressRecorder {
  /** Every event so far, in order of arrival. */
  events: IngestionProgress[];
  errors: unknown[];
  stop(): void;
}

/** Subscribes to the ingestion progress of a database, or of one of its files, and keeps what arrives. */
export function recordProgress(client: ApolloClient, databaseId: string, fileId?: string): ProgressRecorder {
  const recorder: ProgressRecorder = { events: [], errors: [], stop: () => undefined };
  const subscription = client
    .subscribe<{ onIngestionProgress: IngestionProgress | null }>({
      query: progressDocument,
      // What is left out does not filter; null would match nothing.
      variables: fileId === undefined ? { databaseId } : { databaseId, fileId },
    })
    .subscribe({
      next: ({ data, error }) => {
        if (error) recorder.errors.push(error);
        if (data?.onIngestionProgress) recorder.events.push(data.onIngestionProgress);
      },
      error: (error: unknown) => recorder.errors.push(error),
    });
  recorder.stop = () => {
    subscription.unsubscribe();
  };
  return recorder;
}
