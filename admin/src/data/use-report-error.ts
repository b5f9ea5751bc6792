import { useCallback } from 'react';
import { useLogoutIfAccessDenied, useNotify } from 'react-admin';
import { toApiError } from '../transport/api-error.ts';

/** Returns how to tell the user that an action failed. */
export function useReportError(): (error: unknown) => void {
  const notify = useNotify();
  const logoutIfAccessDenied = useLogoutIfAccessDenied();
  return useCallback(
    (error: unknown) => {
      const { message, info, kind } = toApiError(error);
      const text = [message, info.hint].filter(Boolean).join(' ');
      logoutIfAccessDenied(error)
        .then((isLoggedOut) => {
          if (!isLoggedOut)
            notify(`${text} (${kind})`, { type: 'error', autoHideDuration: 10_000, multiLine: true });
        })
        .catch(() => {
          notify(text, { type: 'error' });
        });
    },
    [notify, logoutIfAccessDenied],
  );
}
