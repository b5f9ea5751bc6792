import { gql } from '@apollo/client/core';
import type { ApolloClient } from '@apollo/client/core';
import type { IngestionProgress } from '../../schema/generated/types.ts';

const progressDocument = gql`
  subscription ($databaseId: ID!) {
    onIngestionProgress(databaseId: $databaseId) {
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

/** Subscribes to a database's ingestion progress and keeps what arrives. */
export function recordProgress(client: ApolloClient, databaseId: string): ProgressRecorder {
  const recorder: ProgressRecorder = { events: [], errors: [], stop: () => undefined };
  const subscription = client
    .subscribe<{ onIngestionProgress: IngestionProgress | null }>({
      query: progressDocument,
      variables: { databaseId },
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
