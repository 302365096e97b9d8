#include "proto/record/event_types.h"
