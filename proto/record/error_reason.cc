#include "proto/record/error_reason.h"
