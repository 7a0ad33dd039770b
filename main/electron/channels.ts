/** The two channels between a window and the shell. */
export const invokeChannel = 'desk:invoke';
export const eventChannel = 'desk:event';
