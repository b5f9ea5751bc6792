import { Notification } from 'react-admin';

/** Messages stand on top, where they never cover a form's buttons. */
export function ConsoleNotification() {
  return <Notification anchorOrigin={{ vertical: 'top', horizontal: 'center' }} />;
}
