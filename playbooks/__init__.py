"""The shipped playbooks, and the road on which every playbook comes in."""
