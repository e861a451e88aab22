"""The local emulators as a newcomer uses them: started once, kept with their state, stopped, reset."""
