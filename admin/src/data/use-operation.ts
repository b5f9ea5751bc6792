import { useQuery } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import { useLogoutIfAccessDenied } from 'react-admin';
import { useEffect } from 'react';
import type { Operations } from '../generated/documents.ts';
import type { ApiError } from '../transport/api-error.ts';
import { useApi } from '../transport/api-context.tsx';

type RequestName = Exclude<keyof Operations, 'onIngestionProgress'>;

interface Options {
  enabled?: boolean;
  refetchInterval?: number | false;
}

/** Reads by one operation of the API, through react-query; an ended session leads back to the sign-in. */
export function useOperation<Name extends RequestName>(
  name: Name,
  variables: Operations[Name]['variables'],
  options: Options = {},
): UseQueryResult<Operations[Name]['result'], ApiError> {
  const api = useApi();
  const logoutIfAccessDenied = useLogoutIfAccessDenied();
  const query = useQuery<Operations[Name]['result'], ApiError>({
    queryKey: ['operation', name, variables],
    queryFn: () => api.request(name, variables),
    retry: (failures, error) => failures < 2 && error.info.retryable === true,
    ...options,
  });
  useEffect(() => {
    if (query.error) void logoutIfAccessDenied(query.error);
  }, [query.error, logoutIfAccessDenied]);
  return query;
}
